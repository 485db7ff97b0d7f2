import { type Generator, isText, type Json, type RandomArea, type RandomFlow, storeOf } from './generator.ts'
import { aggregatorsFor, initializerFor, reducersFor } from './names.ts'
import { addStore, isOnWallClock, tableLookup } from './processors.ts'

// Timestamps of records advance by less than 12 at a time.

/** Sessions, and session stores of processors. */
export const randomSessions: RandomArea = {
  choices: [
    // The name of a serde has at most one comma.
    { weight: 20, on: 'grouped stream', fits: ({ key }): boolean => !key.includes(','), add: windowedBySessions },
    { weight: 8, on: 'cogrouped stream', fits: ({ key }): boolean => !key.includes(','), add: cogrouped },
    { weight: 10, on: 'session stream', add: count },
    { weight: 10, on: 'session stream', add: reduce },
    { weight: 10, on: 'session stream', add: aggregate },
    tableLookup('session', 'sessionLookup'),
    {
      weight: 3,
      on: 'stream',
      fits: isText,
      add: (g, flow): void => {
        const { random } = g
        // Uncached: backward scans of caches lose sessions and give deleted ones in the library (README, "What is not judged").
        const store = addStore(g, 'session', { retention: random.pick([0, 10, 40, 100]) }, false)
        const types = { key: 'string', value: 'string' }
        g.push('process', 'stream', types, {
          from: flow.id,
          processor: random.pick(['sessionPut', 'sessionPutBackward', 'sessionRemove']),
          stores: [store],
        })
        if (random.chance(0.3)) g.push('process', 'stream', types, { from: flow.id, processor: 'sessionScan', stores: [store] })
      },
    },
  ],
  reads: {
    session: (g) => {
      const { random } = g
      const time = (): number | null => random.pick([null, 0, 10, 20, 40, 60])
      const key = (): string => random.pick(['', 'a', 'aa', 'b', 'c'])
      // The library's in-memory store throws for keys in the wrong order.
      const keys = (): [string, string] => [key(), key()].sort() as [string, string]
      switch (random.below(5)) {
        case 0:
          return { fetch: [key()] }
        case 1:
          return { fetchRange: keys() }
        case 2:
          return { fetchSession: [key(), random.below(30), 30 + random.below(30)] }
        case 3:
          return { findSessions: [key(), time(), time()] }
        default:
          return { findSessionsInRange: [...keys(), time(), time()] }
      }
    },
  },
  // An in-memory store with a small cache evicts in another order (README, "What is not judged").
  config: (g, config) => {
    const hasSessions = g.topology.some(({ op }) => op === 'windowedBySessions')
    // Session stores with headers cannot be asked for what has ended (README, "What is not judged").
    if (config['dsl.store.suppliers.class'] === 'Plain' && g.topology.some(isFinalSession)) delete config['dsl.store.suppliers.class']
    // Between the times of records and those of a wall clock the library looks through the cache minute by minute, which did not end.
    if (hasSessions && g.topology.some(isOnWallClock)) config['statestore.cache.max.bytes'] = 0
    const isCached = Number(config['statestore.cache.max.bytes'] ?? 1) > 0
    if (isCached && hasSessions) {
      if (g.random.chance(0.5)) config['statestore.cache.max.bytes'] = 100_000
      else {
        config['dsl.store.suppliers.class'] = 'RocksDBDslStoreSuppliers'
        for (const operator of g.topology) if (operator['supplier'] === 'in-memory') operator['supplier'] = 'persistent'
      }
    }
  },
}

function isFinalSession({ op, emit }: Json): boolean {
  return op === 'windowedBySessions' && emit === 'on-window-close'
}

/** Random sessions: the options of `windowedBySessions`. */
export function randomSessionWindows({ random }: Generator): Json {
  return { gap: random.pick([0, 1, 3, 5, 10, 20]), grace: random.pick([0, 0, 5, 20, 100]) }
}

function windowedBySessions(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const emit = random.chance(0.35) ? { emit: random.pick(['on-window-close', 'on-window-close', 'on-window-update']) } : {}
  g.addAfter(g.push('windowedBySessions', 'session stream', flow, { from: flow.id, ...randomSessionWindows(g), ...emit }))
}

function cogrouped(g: Generator, flow: RandomFlow): void {
  const { key, value } = flow
  const windowed = g.push('windowedBySessions', 'session cogrouped stream', flow, { from: flow.id, ...randomSessionWindows(g) })
  const store = sessionMaterialized(g, { key, value })
  const functions = { initializer: initializerFor(g, value === 'string' ? 'string' : 'int64'), merger: mergerFor(g, value) }
  const types = { key: `sessionWindowed(${key})`, value, ...storeOf(store, 'session') }
  // Not a `table`: Java cannot look up the rows of such a table (README, "What is not judged").
  const table = g.push('aggregate', 'table of session cogroup', types, { from: windowed.id, ...functions, ...g.named(), ...store })
  g.push('toStream', 'stream', { key: types.key, value }, { from: table.id, ...g.named() })
}

function mergerFor({ random }: Generator, value: string): string {
  return random.pick(value === 'int64' ? ['sum', 'left'] : ['join', 'join', 'withKey', 'left', 'nullOnE', 'failOnX'])
}

/** Options of Materialized of sessions. */
export function sessionMaterialized(g: Generator, types?: { readonly key: string; readonly value: string }): Json {
  const options = g.materialized(0.6, types)
  if (Object.keys(options).length > 0 && g.random.chance(0.3)) options['retention'] = g.random.pick([120, 150, 300])
  return options
}

function count(g: Generator, flow: RandomFlow): void {
  const store = sessionMaterialized(g)
  const named = flow.key !== 'string' && Object.keys(store).length > 0 ? { key: flow.key } : {}
  const types = { key: `sessionWindowed(${flow.key})`, value: 'int64', ...storeOf(store, 'session') }
  g.push('count', 'table', types, { from: flow.id, ...g.named(), ...named, ...store })
}

function reduce(g: Generator, flow: RandomFlow): void {
  const store = sessionMaterialized(g, flow)
  const name = Object.keys(store).length === 0 ? {} : g.named()
  const types = { key: `sessionWindowed(${flow.key})`, value: flow.value, ...storeOf(store, 'session') }
  g.push('reduce', 'table', types, { from: flow.id, reducer: g.random.pick(reducersFor(flow.value)), ...name, ...store })
}

function aggregate(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const made = random.pick(['string', 'int64'] as const)
  const store = sessionMaterialized(g, { key: flow.key, value: made })
  const functions = {
    initializer: initializerFor(g, made),
    aggregator: random.pick(aggregatorsFor(made)),
    merger: mergerFor(g, made),
    value: made,
  }
  const types = { key: `sessionWindowed(${flow.key})`, value: made, ...storeOf(store, 'session') }
  g.push('aggregate', 'table', types, { from: flow.id, ...functions, ...g.named(), ...store })
}
