import { type Generator, isText, type Json, type RandomArea, type RandomFlow, storeOf } from './generator.ts'
import { aggregatorsFor, initializerFor, reducersFor } from './names.ts'
import { addStore, tableLookup } from './processors.ts'

// Timestamps of records advance by less than 12 at a time, so windows are some tens of milliseconds wide.

/** Windows of time and unlimited ones, and window stores of processors. */
export const randomWindows: RandomArea = {
  choices: [
    // The name of a serde has at most one comma.
    { weight: 36, on: 'grouped stream', fits: ({ key }): boolean => !key.includes(','), add: windowedBy },
    { weight: 10, on: 'windowed stream', add: count },
    { weight: 10, on: 'windowed stream', add: reduce },
    { weight: 10, on: 'windowed stream', add: aggregate },
    tableLookup('window', 'windowLookup'),
    {
      weight: 3,
      on: 'stream',
      fits: isText,
      add: (g, flow): void => {
        const { random } = g
        // Uncached: over a cache the library's scans use entries, and backward ones give deleted rows (README, "What is not judged").
        const more = { windowSize: 10, retention: random.pick([10, 40, 100]), ...duplicates(g), ...order(g) }
        const store = addStore(g, 'window', more, false)
        const processor = random.pick(['windowPut', 'windowPutBackward'])
        g.push('process', 'stream', { key: 'string', value: 'string' }, { from: flow.id, processor, stores: [store] })
        if (random.chance(0.3))
          g.push('process', 'stream', { key: 'string', value: 'string' }, { from: flow.id, processor: 'windowScan', stores: [store] })
      },
    },
  ],
  // Persistent ones in the order of time get a timestamp before each value when they are restored.
  isRestorable: ({ topology }) =>
    !topology.some(({ kind, supplier, order = 'key' }) => kind === 'window' && supplier === 'persistent' && order !== 'key'),
  config: ({ random, topology }, config) => {
    // Twice the retention of unlimited windows is more than a number of Java holds.
    if (config['dsl.store.suppliers.class'] === 'Roomy' && topology.some(({ unlimited }) => unlimited === true))
      delete config['dsl.store.suppliers.class']
    if (random.chance(0.3)) config['__emit.interval.ms.kstreams.windowed.aggregation__'] = random.pick([0, 0, 5, 2000])
  },
  reads: {
    window: (g) => {
      const { random } = g
      const time = (): number | null => random.pick([null, 0, 10, 20, 40, 60])
      const key = (): string => random.pick(['', 'a', 'aa', 'b', 'c'])
      const draw = random.below(4)
      if (draw === 0) return { fetchAll: [time(), time()] }
      if (draw === 1) return { fetch: [key(), random.pick([0, 10, 20])] }
      // Over a cache the library gives rows twice for a range of keys with an open end.
      return draw === 2 ? { fetch: [key(), time(), time()] } : { fetchRange: [key(), key(), time(), time()] }
    },
  },
}

function duplicates({ random }: Generator): Json {
  return random.chance(0.15) ? { retainDuplicates: true } : {}
}

/** Those of an in-memory store are in the order of time, whatever it says. */
function order({ random }: Generator): Json {
  return random.chance(0.3) ? { order: random.pick(['key', 'time', 'indexed-time']) } : {}
}

/** Random windows of time: the options of `windowedBy`. */
export function randomTimeWindows(g: Generator): Json {
  const { random } = g
  const size = random.pick([5, 10, 20, 50])
  const grace = random.pick([0, 0, 5, 20, 100])
  return random.chance(0.4) ? { size, grace, advance: random.pick([3, 5, size]) } : { size, grace }
}

/** Random windows of any kind but sessions: the options of `windowedBy`. */
export function randomAnyWindows(g: Generator): Json {
  const { random } = g
  if (random.chance(0.1)) return { unlimited: true, ...(random.chance(0.5) ? { start: random.below(40) } : {}) }
  if (random.chance(0.7)) return randomTimeWindows(g)
  return { timeDifference: random.pick([1, 5, 10, 30]), grace: random.pick([0, 0, 5, 20, 100]) }
}

/** Those of windows that are there already, sometimes: tables of the same windows can be joined. */
function windowsLikeOthers({ random, topology }: Generator): Json | null {
  const other = topology.find(({ op }) => op === 'windowedBy')
  if (other === undefined || !random.chance(0.5)) return null
  const { op: _op, id: _id, from: _from, emit: _emit, ...windows } = other
  return windows
}

function windowedBy(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const windows = windowsLikeOthers(g) ?? randomAnyWindows(g)
  const emit =
    'unlimited' in windows || random.chance(0.7) ? {} : { emit: random.pick(['on-window-close', 'on-window-close', 'on-window-update']) }
  const windowed = g.push('windowedBy', 'windowed stream', flow, { from: flow.id, ...windows, ...emit })
  g.addAfter(windowed)
}

/** The serde of the keys of tables of what `windowedBy` made. */
export function windowedKey(g: Generator, { id, key }: RandomFlow): string {
  const windows = g.topology.find((operator) => operator['id'] === id)!
  return `timeWindowed(${key}, ${windows['unlimited'] === true ? 'unlimited' : String(windows['size'] ?? windows['timeDifference'])})`
}

/** Options of Materialized of windows. */
export function windowMaterialized(g: Generator, types?: { readonly key: string; readonly value: string }): Json {
  const options = g.materialized(0.6, types)
  if (Object.keys(options).length > 0 && g.random.chance(0.2)) options['retention'] = g.random.pick([150, 300])
  return options
}

function count(g: Generator, flow: RandomFlow): void {
  const store = windowMaterialized(g)
  const named = flow.key !== 'string' && Object.keys(store).length > 0 ? { key: flow.key } : {}
  const types = { key: windowedKey(g, flow), value: 'int64', ...storeOf(store, 'window') }
  g.push('count', 'table', types, { from: flow.id, ...g.named(), ...named, ...store })
}

function reduce(g: Generator, flow: RandomFlow): void {
  const store = windowMaterialized(g, flow)
  const name = Object.keys(store).length === 0 ? {} : g.named()
  const types = { key: windowedKey(g, flow), value: flow.value, ...storeOf(store, 'window') }
  g.push('reduce', 'table', types, { from: flow.id, reducer: g.random.pick(reducersFor(flow.value)), ...name, ...store })
}

function aggregate(g: Generator, flow: RandomFlow): void {
  const made = g.random.pick(['string', 'int64'] as const)
  const store = windowMaterialized(g, { key: flow.key, value: made })
  const functions = { initializer: initializerFor(g, made), aggregator: g.random.pick(aggregatorsFor(made)), value: made }
  const types = { key: windowedKey(g, flow), value: made, ...storeOf(store, 'window') }
  g.push('aggregate', 'table', types, { from: flow.id, ...functions, ...g.named(), ...store })
}
