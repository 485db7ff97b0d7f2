import {
  type DslStoreSuppliers,
  isMillraceError,
  type ErrorHandler,
  type ProcessorWrapper,
  type RecordHeaders,
  recordHeaders,
  serdes,
  StreamsBuilder,
  type Topology,
  topic,
} from 'millrace'
import type { TestDriverConfig, TopologyTestDriver } from 'millrace/testing'
import { streamsKeys } from '../../src/config/streams-keys.ts'
import { internalTopicConfigs } from '../../src/topology/internal-topics.ts'
import { fullTopicName, type PhysicalTopology } from '../../src/topology/physical-topology.ts'
import type { EngineFactory } from '../../src/state/engines/engine.ts'
import { memoryEngines } from '../../src/state/engines/memory/memory-engine.ts'
import type { RestoreRecord } from '../../src/state/restore-batch.ts'
import { restoredTestDriver } from '../../src/testing/test-driver.ts'
import { storeKinds } from '../../src/topology/store-kinds.ts'
import { extractors, named } from './functions.ts'
import { BoomError, Options, ScenarioError } from './options.ts'
import { Plan } from './plan.ts'
import { ownEngines } from './own-stores.ts'
import type { StoreRead } from './reads/reader.ts'
import { readerOf } from './reads/registry.ts'
import { hexOf, numberBytes } from './reads/shown.ts'
import { storeSuppliers } from './store-suppliers.ts'
import { totalsOf } from './totals.ts'
import { wrappers } from './wrappers.ts'

/** What a side says about a scenario. */
export interface Answer {
  /** Why it is no scenario; then nothing else is there. */
  readonly refused?: string
  readonly describe?: string
  /** By the full name: the configuration of each, and `partitions` where the topology says how many. */
  readonly internalTopics?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** By topic: key and value in hex, timestamp, headers. */
  readonly topics?: Readonly<Record<string, readonly string[]>>
  readonly reads?: readonly StoreRead[]
  /** What is in the stores of another driver after they were restored from the changelogs. */
  readonly restored?: readonly StoreRead[]
  readonly dropped?: number
  /** What is counted: `totals.ts`. */
  readonly totals?: Readonly<Record<string, number>>
  /** What `print` wrote, by line. */
  readonly printed?: readonly string[]
  readonly error?: ScenarioFailure
}

/** What went wrong, and where: `build`, `start`, `step N`, `end`, `close`. */
export interface ScenarioFailure {
  readonly where: string
  /** `user`: thrown by a function of the registry; `type`, `bytes`: a serde that does not fit; `topology`, `streams`, `null`, `other`. */
  readonly kind: string
  readonly class: string
  readonly message: string
}

const WALL_CLOCK_START = 1_704_067_200_000
const anything = { key: serdes.nullable(serdes.bytes), value: serdes.nullable(serdes.bytes) }
type Text = { -readonly [N in keyof Answer]: Answer[N] }

/**
 * Runs a scenario in our test driver. java/Run.java is its twin. `engines`: gives, for each driver, where its stores are; whatever a
 * scenario says of them, the answer is the same.
 */
export function runScenario(scenario: unknown, engines: () => EngineFactory = () => memoryEngines): Answer {
  // What a topology prints goes where that of a program goes.
  const printed: string[] = []
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = (text: string | Uint8Array): boolean => printed.push(String(text)) > 0
  try {
    const answer = new Run(engines).run(new Options(scenario))
    return printed.length === 0 ? answer : { ...answer, printed: printed.join('').replace(/\n$/, '').split('\n') }
  } catch (error) {
    if (error instanceof ScenarioError) return { refused: error.message }
    throw error
  } finally {
    process.stdout.write = write
  }
}

class Run {
  readonly #answer: Text = {}
  readonly #reads: StoreRead[] = []
  readonly #topics = new Map<string, string[]>()
  #where = 'build'
  #timestamped: ReadonlySet<string> = new Set()
  /** Stores that processors use: others are not made in Java. */
  #used: ReadonlySet<string> = new Set()
  readonly #written = new Map<string, readonly Written[]>()
  #kinds: ReadonlyMap<string, string> = new Map()
  readonly #engines: () => EngineFactory

  constructor(engines: () => EngineFactory) {
    this.#engines = engines
  }

  run(o: Options): Answer {
    o.node('name')
    o.node('about')
    o.node('rows')
    const isRestoring = o.maybe('restore', 'boolean') === true
    const isOnlyBuilt = o.maybe('build', 'boolean') === true
    try {
      const config = configOf(o)
      const builder = new StreamsBuilder({ ...config.topology, defaultKeySerde: serdes.string, defaultValueSerde: serdes.string })
      const plan = new Plan(builder)
      for (const operator of o.objects('topology')) plan.add(operator)
      const built = plan.build()
      this.#answer.describe = built.describe().toString()
      this.#answer.internalTopics = internalTopicsOf(built.physical(), config.applicationId)
      if (isOnlyBuilt) {
        o.done()
        return this.#answer
      }
      this.#kinds = storeKinds(built.physical())
      this.#timestamped = plan.timestamped
      this.#used = usedStores(built.physical())
      this.#where = 'start'
      // Nothing here reads what is on Java's disk.
      o.node('folders')
      const changelogs = changelogsOf(built, o, config.applicationId)
      using driver = restoredTestDriver(
        built,
        changelogs,
        { ...config.driver, wallClock: WALL_CLOCK_START },
        ownEngines(plan.own, this.#engines()),
      )
      this.#steps(driver, o)
      o.done()
      this.#end(driver)
      this.#answer.totals = totalsOf(driver, built.physical())
      if (isRestoring) this.#restore(builtAgain(o, config), config)
      this.#where = 'close'
    } catch (error) {
      if (error instanceof ScenarioError) throw error
      this.#answer.error = failureOf(this.#where, firstOf(error))
    }
    this.#answer.topics = Object.fromEntries([...this.#topics].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    this.#answer.reads = this.#reads
    return this.#answer
  }

  #steps(driver: TopologyTestDriver, o: Options): void {
    o.objects('steps').forEach((step, index) => {
      this.#where = `step ${index}`
      this.#step(driver, step)
      for (const name of driver.producedTopicNames()) {
        const lines = this.#topics.get(name) ?? []
        this.#topics.set(name, lines)
        const records = [...driver.output(topic(name, anything))]
        for (const line of this.#linesOf(name, records)) lines.push(line)
        this.#written.set(name, [...(this.#written.get(name) ?? []), ...records])
      }
    })
  }

  /** Java's buffers give their changelogs no time, and a suppress buffer logs the keys of a set, in no order; those of one key are. */
  #linesOf(topicName: string, records: readonly Written[]): string[] {
    const store = [...this.#kinds.keys()].find((name) => topicName.endsWith(`-${name}-changelog`))
    const kind = store === undefined ? undefined : this.#kinds.get(store)
    if (kind === 'record-buffer') return records.map((record) => lineOf(record, 'null'))
    if (kind !== 'change-buffer') return records.map((record) => lineOf(record))
    const sorted = records.toSorted((left, right) => Buffer.compare(left.key ?? new Uint8Array(), right.key ?? new Uint8Array()))
    return sorted.map((record) => lineOf(record, 'null'))
  }

  #end(driver: TopologyTestDriver): void {
    this.#where = 'end'
    for (const name of [...this.#kinds.keys()].filter((store) => this.#used.has(store) && !inner.test(store)).toSorted())
      this.#reads.push(this.#read(driver, name, new Options({})))
    const dropped = driver.metrics().filter(({ name, group }) => name === 'dropped-records-total' && group === 'stream-task-metrics')
    this.#answer.dropped = dropped.reduce((sum, { value }) => sum + value, 0)
  }

  /** Reads the stores of another driver, which are restored from the changelogs. */
  #restore(built: Topology, { driver: driverConfig, applicationId }: ScenarioConfig): void {
    this.#where = 'restore'
    const changelogs = built.physical().subtopologies.flatMap((subtopology) => subtopology.changelogs)
    const records = changelogs.map((changelog) => {
      const written = this.#written.get(fullTopicName(changelog.topic, applicationId)) ?? []
      return [changelog.store!, written.map(restoreRecord)] as const
    })
    using driver = restoredTestDriver(built, new Map(records), { ...driverConfig, wallClock: WALL_CLOCK_START }, this.#engines())
    // Java's buffer of a join with a grace does not count what it restores.
    const names = [...this.#kinds.keys()].filter((store) => this.#used.has(store) && !inner.test(store) && !store.endsWith('-Buffer'))
    this.#answer.restored = names.toSorted().map((name) => this.#read(driver, name, new Options({})))
  }

  #step(driver: TopologyTestDriver, step: Options): void {
    if (step.has('pipe')) {
      const { key, value, timestamp, headers } = recordOf(step)
      step.done()
      driver.input(topic(step.text('pipe'), anything)).pipe(key, value, { timestamp, headers })
    } else if (step.has('advance')) {
      const by = step.maybe('advance', 'number') ?? 0
      step.done()
      driver.advanceWallClockTime(by)
    } else {
      this.#reads.push(this.#read(driver, step.text('read'), step))
      step.done()
    }
  }

  #read(driver: TopologyTestDriver, name: string, o: Options): StoreRead {
    const kind = this.#kinds.get(name)
    if (kind === undefined) throw new ScenarioError(`the topology has no store "${name}"`)
    const store = driver.store({ name } as unknown as Parameters<TopologyTestDriver['store']>[0])
    return { store: name, ...readerOf(kind)({ store, o, isStamped: this.#timestamped.has(name) }) }
  }
}

/** Stores of the library itself whose rows are no items; their changelogs show them. */
const inner = /KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-|-subscription-store$/

interface ScenarioConfig {
  readonly topology: object
  readonly driver: TestDriverConfig
  readonly applicationId: string
}

function builtAgain(o: Options, config: ScenarioConfig): Topology {
  const plan = new Plan(new StreamsBuilder({ ...config.topology, defaultKeySerde: serdes.string, defaultValueSerde: serdes.string }))
  for (const operator of o.objects('topology')) plan.add(operator)
  return plan.build()
}

function restoreRecord({ key, value, timestamp, headers }: Written): RestoreRecord {
  const list = recordHeaders(Array.from(headers, (header) => [header.key, header.value] as const))
  return { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp, headers: list }
}

/** What the builder and the driver need of the configuration, whose keys are Kafka's. */
function configOf(o: Options): ScenarioConfig {
  const driver: Record<string, unknown> = { applicationId: 'app' }
  let dslStoreSuppliers: string | DslStoreSuppliers = 'in-memory'
  let dslStoreFormat: unknown = 'DEFAULT'
  let processorWrapper: ProcessorWrapper | undefined
  for (const [key, value] of Object.entries((o.node('config') ?? {}) as object)) {
    if (key === 'dsl.store.suppliers.class') {
      dslStoreSuppliers = named(suppliers, value, 'store suppliers')
    } else if (key === 'dsl.store.format') dslStoreFormat = value
    else if (key === 'processor.wrapper.class') processorWrapper = named(wrappers, value, 'wrapper')
    else if (key === 'default.timestamp.extractor') driver['defaultTimestampExtractor'] = named(extractors, value, 'extractor')
    else if (key.endsWith('.exception.handler'))
      driver[camelCase(named(handlerKeys, key, 'configuration key'))] = named(handlers, value, 'handler')
    else driver[camelCase(named(plainKeys, key, 'configuration key'))] = value
  }
  const topology = {
    dslStoreSuppliers,
    dslStoreFormat,
    processorWrapper,
    topologyOptimization: driver['topologyOptimization'],
    ensureExplicitInternalResourceNaming: driver['ensureExplicitInternalResourceNaming'],
  }
  return { topology, driver: driver as TestDriverConfig, applicationId: String(driver['applicationId']) }
}

const sameKeys = (...keys: readonly string[]): Readonly<Record<string, string>> => Object.fromEntries(keys.map((key) => [key, key]))
const handlerKeys = sameKeys('deserialization.exception.handler', 'processing.exception.handler', 'production.exception.handler')
const plainKeys = sameKeys(
  'application.id',
  'statestore.cache.max.bytes',
  'topology.optimization',
  'max.task.idle.ms',
  'processing.guarantee',
  'upgrade.from',
  'errors.dead.letter.queue.topic.name',
  'ensure.explicit.internal.resource.naming',
  'processing.exception.handler.global.enabled',
  '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__',
  '__emit.interval.ms.kstreams.windowed.aggregation__',
)
const suppliers: Readonly<Record<string, string | DslStoreSuppliers>> = {
  RocksDBDslStoreSuppliers: 'persistent',
  InMemoryDslStoreSuppliers: 'in-memory',
  ...storeSuppliers,
}
const handlers: Readonly<Record<string, ErrorHandler>> = {
  DefaultProductionExceptionHandler: 'fail',
  SkipOddOffsets: ({ offset }) => (offset % 2 === 1 ? 'skip' : 'fail'),
  Failing: () => {
    throw new BoomError()
  },
  LogAndFailExceptionHandler: 'fail',
  LogAndContinueExceptionHandler: 'skip',
  LogAndFailProcessingExceptionHandler: 'fail',
  LogAndContinueProcessingExceptionHandler: 'skip',
}

const optimizations = ['none', 'all', 'reuse.ktable.source.topics', 'merge.repartition.topics', 'single.store.self.join']

/** The values of each key of the configuration, as `shapeOf` writes them; `null`: any. */
export const configRanges: Readonly<Record<string, readonly string[] | null>> = {
  'dsl.store.suppliers.class': Object.keys(suppliers),
  'dsl.store.format': ['DEFAULT', 'HEADERS'],
  'processor.wrapper.class': Object.keys(wrappers),
  'default.timestamp.extractor': Object.keys(extractors),
  ...Object.fromEntries(Object.keys(handlerKeys).map((key) => [key, handlersOf(key)])),
  ...Object.fromEntries(Object.keys(plainKeys).map((key) => [key, rangeOf(key)])),
}

/** Java's classes are of one of the three kinds of handlers, those of the registry of all. */
function handlersOf(key: string): readonly string[] {
  const kinds = { deserialization: /^LogAnd(Fail|Continue)Ex/, processing: /^LogAnd(Fail|Continue)Pro/, production: /^DefaultPro/ }
  const own = kinds[key.split('.')[0] as keyof typeof kinds]
  return Object.keys(handlers).filter((name) => own.test(name) || !Object.values(kinds).some((kind) => kind.test(name)))
}

function rangeOf(key: string): readonly string[] | null {
  const known = streamsKeys[camelCase(key)]
  if (key === 'topology.optimization') return optimizations
  return known?.kind === 'boolean' ? ['true', 'false'] : (known?.words ?? null)
}

function recordOf(o: Options): RestoreRecord & { readonly headers: RecordHeaders } {
  const [key, value] = [bytesOf(o.node('key')), bytesOf(o.node('value'))]
  return { key, value, timestamp: o.maybe('timestamp', 'number') ?? 0, headers: headersOf(o.node('headers')) }
}

/** What is in changelogs before the start: by topic in the scenario, by store here. */
function changelogsOf(built: Topology, o: Options, applicationId: string): ReadonlyMap<string, readonly RestoreRecord[]> {
  const given = (o.node('changelogs') ?? {}) as Readonly<Record<string, readonly object[]>>
  const changelogs = built.physical().subtopologies.flatMap((subtopology) => subtopology.changelogs)
  return new Map(
    Object.entries(given).map(([topicName, records]) => {
      const changelog = changelogs.find((each) => fullTopicName(each.topic, applicationId) === topicName)
      if (changelog === undefined) throw new ScenarioError(`no store has the changelog "${topicName}"`)
      const restored = records.map((record) => {
        const each = new Options(record)
        const made = recordOf(each)
        each.done()
        return made
      })
      return [changelog.store!, restored]
    }),
  )
}

/** An object, or pairs of a name and a value. */
function headersOf(given: unknown): RecordHeaders {
  const entries = Array.isArray(given) ? (given as readonly (readonly [string, unknown])[]) : Object.entries((given ?? {}) as object)
  const headers = recordHeaders()
  for (const [name, value] of entries) headers.add(name, bytesOf(value))
  return headers
}

function usedStores({ subtopologies, globalStores }: PhysicalTopology): ReadonlySet<string> {
  const ofTasks = subtopologies.flatMap(({ processors }) => processors.flatMap(({ stores }) => stores))
  return new Set([...ofTasks, ...globalStores.map(({ store }) => store.name)])
}

function internalTopicsOf({ subtopologies }: PhysicalTopology, applicationId: string): NonNullable<Answer['internalTopics']> {
  const topics = subtopologies.flatMap(({ repartitionTopics, changelogs }) => [...repartitionTopics, ...changelogs])
  return Object.fromEntries(
    topics
      .filter(({ topic: { internal } }) => internal)
      .map((internal) => {
        const partitions = internal.partitions === null ? {} : { partitions: String(internal.partitions) }
        return [fullTopicName(internal.topic, applicationId), { ...internalTopicConfigs(internal, {}), ...partitions }]
      }),
  )
}

function camelCase(key: string): string {
  return key.replace(/^__(.*)__$/, '$1').replaceAll(/\.(.)/g, (_match, letter: string) => letter.toUpperCase())
}

function bytesOf(given: unknown): Buffer | null {
  if (given === undefined || given === null) return null
  if (typeof given === 'string') return Buffer.from(given)
  if (typeof given === 'number') return numberBytes(given)
  if (typeof given === 'object' && 'hex' in given) return Buffer.from(String(given.hex), 'hex')
  throw new ScenarioError(`neither a text, a whole number, null nor { hex }: ${JSON.stringify(given)}`)
}

type Written = {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers: Iterable<{ readonly key: string; readonly value: Uint8Array | null }>
}

function lineOf({ key, value, timestamp, headers }: Written, time: string = String(timestamp)): string {
  const line = [hexOf(key), hexOf(value), time]
  for (const header of headers) {
    // What names classes and lines of the library differs on purpose.
    const isJava = /^__streams\.errors\.(exception|message|stacktrace)$/.test(header.key)
    line.push(`${header.key}=${isJava ? '...' : hexOf(header.value)}`)
  }
  return line.join(' ')
}

/** `error`, with the first of its causes that says what kind it is. */
function failureOf(where: string, error: unknown): ScenarioFailure {
  let kind: string | undefined
  let message = ''
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    kind ??= kindOf(cause)
    message = cause.message
  }
  const known = isMillraceError(error) ? error.code : error instanceof Error ? error.name : String(error)
  if (where === 'build' && error instanceof RangeError) kind = 'topology'
  if (where === 'build' && error instanceof TypeError) kind ??= 'topology'
  // No serde has read what was restored.
  if (where === 'start' && kind === 'bytes') kind = 'other'
  return { where, kind: kind ?? (isMillraceError(error) && error.code !== 'INPUT_UNKNOWN' ? 'streams' : 'other'), class: known, message }
}

/** Without what closing the driver threw on top of it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error
}

function kindOf(error: Error): string | undefined {
  if (error instanceof BoomError) return 'user'
  if (error instanceof RangeError) return 'other'
  if (!isMillraceError(error)) return undefined
  // Java says that it does not support the operation.
  if (error.code === 'GLOBAL_PROCESSOR' || error.code === 'STORE_READ_ONLY' || error.code === 'WINDOW_TIMESTAMP') return 'other'
  if (error.code === 'VALUE_INVALID') return 'type'
  if (error.code === 'BYTES_INVALID') return 'bytes'
  if (error.code === 'BUFFER_KEY_NULL' || error.code === 'VALUE_ABSENT') return 'null'
  // The oracle asks for topics and stores by name: that is not about the topology.
  return error.name === 'TopologyError' && error.code !== 'INPUT_UNKNOWN' ? 'topology' : undefined
}
