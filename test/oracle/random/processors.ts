import { type Choice, type Generator, isText, type Json, type RandomArea, type RandomFlow, typesOf } from './generator.ts'

const free = ['forward', 'drop', 'twice', 'header', 'freshHeaders', 'time', 'place', 'failOnX', 'commit']
const timers = ['streamTimer', 'wallTimer', 'anchoredTimer', 'cancelledTimer', 'failingTimer']
/** Processors that need nothing, for text. */
export const freeProcessors: readonly string[] = [...free, ...timers]
/** Processors with one store of texts. */
export const storeProcessors: readonly string[] = ['remember', 'firstOnly', 'deleteOld', 'scan', 'scanTimer']
const scanning: ReadonlySet<string> = new Set(['scan', 'scanTimer', 'lookUpAll', 'windowLookup', 'sessionLookup'])
const fixed = ['forward', 'drop', 'twice', 'header', 'time', 'place', 'failOnX']

/** Processors with and without stores, of their own, shared, and of tables. */
export const randomProcessors: RandomArea = {
  // Scans count as uses of entries in Java (README, "What is not judged"): nothing is to be evicted where a cached store is scanned.
  config: ({ topology }, config) => {
    if (topology.some((operator) => scansCache(operator, topology))) config['statestore.cache.max.bytes'] = 100_000
  },
  choices: [
    {
      weight: 3,
      on: 'stream',
      fits: isText,
      add: (g, flow): void => process(g, flow, { processor: g.random.pick([...free, ...timers, ...timers]) }),
    },
    {
      weight: 2,
      on: 'stream',
      fits: isText,
      add: (g, flow): void => process(g, flow, { processor: g.random.pick(fixed) }, 'processValues'),
    },
    { weight: 5, on: 'stream', fits: isText, add: withOwnStore },
    { weight: 2, on: 'stream', fits: (flow, g): boolean => isText(flow) && sharedOf(g) !== undefined, add: withSharedStore },
    { weight: 2, on: 'stream', fits: isText, add: withTwoStores },
    tableLookup('key-value', 'tableLookup'),
    {
      weight: 3,
      on: 'stream',
      fits: (flow): boolean => !isText(flow),
      add: (g, flow): void => {
        process(g, flow, { value: flow.value, processor: g.random.pick(['forward', 'drop', 'freshHeaders', 'commit']) })
      },
    },
  ],
}

/** Whether a processor scans a store with a cache: one of its own that says so, or any of a table, named by the id of the table. */
function scansCache({ processor, stores }: Json, topology: readonly Json[]): boolean {
  if (!scanning.has(String(processor))) return false
  return topology.some(({ op, id, caching }) => (op !== 'store' || caching === true) && (stores as readonly unknown[]).includes(id))
}

/** Whether a processor sends records with the time of the wall clock, decades after those that are piped. */
export function isOnWallClock({ processor }: Json): boolean {
  return processor === 'wallTimer' || processor === 'scanTimer'
}

/** A processor that reads the store of a table, of that kind. */
export function tableLookup(kind: string, processor: string): Choice {
  const tables = (g: Generator): RandomFlow[] =>
    g.flows.filter(
      (flow) => flow.kind === 'table' && flow.storeKind === kind && flow.store !== undefined && /^(\w+\()?string/.test(flow.key),
    )
  return {
    weight: 2,
    on: 'stream',
    fits: (flow, g): boolean => isText(flow) && tables(g).length > 0,
    add: (g, flow): void => process(g, flow, { processor, stores: [g.random.pick(tables(g)).id] }),
  }
}

function process(g: Generator, flow: RandomFlow, options: Json, op = 'process'): void {
  g.push(op, 'stream', typesOf(flow), { from: flow.id, ...g.named(), ...options })
}

/** Whether stores of that kind may have limited room. */
function isKeyed(kind: string): boolean {
  return kind === 'key-value' || kind === 'timestamped' || kind === 'timestamped-headers'
}

function isAlwaysPersistent(kind: string): boolean {
  return kind === 'versioned'
}

/** Describes a store. Gives its id. */
export function addStore(g: Generator, kind: string, more: Json = {}, mayCache = true): string {
  const { random } = g
  const id = g.nextName('own')
  g.topology.push({
    op: 'store',
    id,
    kind,
    ...more,
    ...(mayCache && random.chance(0.4) ? { caching: true } : {}),
    ...(random.chance(0.2) ? { logging: false } : {}),
    ...(random.chance(0.1)
      ? isAlwaysPersistent(kind)
        ? {}
        : { supplier: 'persistent' }
      : isKeyed(kind) && random.chance(0.15)
        ? { supplier: { lru: random.pick([0, 1, 2, 3]) } }
        : {}),
  })
  return id
}

function withOwnStore(g: Generator, flow: RandomFlow): void {
  const { random } = g
  if (random.chance(0.15)) {
    process(g, flow, { processor: 'rememberHeaders', stores: [addStore(g, 'timestamped-headers')] })
    return
  }
  const isStamped = random.chance(0.3)
  const stores = [addStore(g, isStamped ? 'timestamped' : 'key-value')]
  if (isStamped) process(g, flow, { processor: 'rememberTimestamped', stores })
  else if (random.chance(0.3)) process(g, flow, { processor: random.pick(['remember', 'countTimer']), stores }, 'processValues')
  else process(g, flow, { processor: random.pick(storeProcessors), stores })
}

function sharedOf(g: Generator): Json | undefined {
  return g.topology.find(({ op, kind }) => op === 'store' && kind === 'key-value')
}

function withSharedStore(g: Generator, flow: RandomFlow): void {
  process(g, flow, { processor: g.random.pick(storeProcessors), stores: [sharedOf(g)!['id']] })
}

function withTwoStores(g: Generator, flow: RandomFlow): void {
  process(g, flow, { processor: 'shift', stores: [addStore(g, 'key-value'), addStore(g, 'key-value')] })
}
