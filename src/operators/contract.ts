import { Change } from '../model/change.ts'
import { type StreamRecord, streamRecord } from '../model/stream-record.ts'
import type { UpgradeFrom } from '../model/upgrade-from.ts'
import type { NodeContext, NodeMetric, OpenProcessor, ProcessorFactory } from '../processor/node-context.ts'
import { type RecordHeaders, recordHeaders } from '../record/record-headers.ts'
import { openState, type OpenedState, textStore } from '../state/contract.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { ThreadCache } from '../state/thread-cache.ts'

/** What an operator forwarded, as text: `key: value @timestamp`, a change as `new <- old`, and ` #headers` if there are any. */
export type ForwardedText = string

/** An operator that is open alone: what it forwards is written down. */
export interface OpenedOperator {
  /** Processes a record, whose offset is one more than that of the record before. */
  process(key: unknown, value: unknown, options?: { readonly timestamp?: number; readonly headers?: RecordHeaders }): void
  /** What was forwarded since the last call, with the child in front where one was named. */
  forwarded(): ForwardedText[]
  /** Reasons of dropped records. */
  readonly dropped: string[]
  /** Messages of warnings. */
  readonly warnings: string[]
  /** What was written to the output. */
  readonly printed: string[]
  readonly opened: OpenedState
  /** Moves the wall clock on, which stands at 0 when the operator is opened. */
  advanceWallClock(byMs: number): void
  /** The times that are kept with the committed offsets. */
  readonly processorTimes: Map<string, number>
  /** What a metric of the operator says; `undefined`: there is none of that name. */
  metric(name: string): number | undefined
  /** The store `s`, as a processor sees it. */
  readonly store: KeyValueStore<unknown, unknown>
}

/** What surrounds the operator. */
export interface OperatorSurroundings {
  readonly children?: readonly string[]
  /** The store `s`; `null`: none. Default: text with timestamps. */
  readonly store?: Partial<StoreDefinition> | null
  /** Bytes of the cache; none: the store has no cache. */
  readonly cacheBytes?: number
  /** `upgrade.from`. Default: not set. */
  readonly upgradeFrom?: UpgradeFrom
  /** What the last owner committed. */
  readonly processorTimes?: ReadonlyMap<string, number>
}

/** A change whose old value is not known. */
export function change(newValue: unknown, oldValue: unknown = null, isLatest = true): Change<unknown> {
  return new Change(newValue, oldValue, isLatest)
}

/** Opens `factory` as node `n` of task 0_0. */
export function openOperator(factory: ProcessorFactory, surroundings: OperatorSurroundings = {}): OpenedOperator {
  const { children = ['child'], store = {}, cacheBytes, upgradeFrom = null } = surroundings
  const definition = textStore('s', { format: 'timestamped', caching: cacheBytes !== undefined, ...store })
  const opened = openState(store === null ? [] : [definition], cacheBytes === undefined ? {} : { cache: new ThreadCache(cacheBytes) })
  const { record, state, warnings } = opened
  const forwarded: ForwardedText[] = []
  const dropped: string[] = []
  const printed: string[] = []
  const processorTimes = new Map(surroundings.processorTimes)
  const metrics: NodeMetric[] = []
  let wallClock = 0
  const context: Partial<NodeContext> = {
    applicationId: 'app',
    taskId: '0_0',
    nodeName: 'n',
    children,
    isActive: true,
    recordContext: record,
    forward: (given) => void forwarded.push(textOf(given, record.offset)),
    forwardTo: (child, given) => void forwarded.push(`${child}> ${textOf(given, record.offset)}`),
    store: <S>(name: string): S => state.store(name) as S,
    withRecordContext: (other, run) => {
      const kept = { ...record }
      Object.assign(record, other)
      run()
      Object.assign(record, kept)
    },
    get systemTime() {
      return wallClock
    },
    readWallClock: () => wallClock,
    emitIntervals: { windows: 1000, outerJoins: 1000 },
    upgradeFrom,
    processorTime: (name) => processorTimes.get(name) ?? null,
    setProcessorTime: (name, time) => void processorTimes.set(name, time),
    addMetrics: (added) => void metrics.push(...added),
    dropped: (reason) => void dropped.push(reason),
    logger: {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn: (_fields, message) => void warnings.push(message),
    },
    output: { write: (text) => void printed.push(text) },
  }
  const processor: OpenProcessor = factory(context as NodeContext)
  return {
    process: (key, value, { timestamp = 0, headers = recordHeaders() } = {}) => {
      record.offset++
      record.timestamp = timestamp
      record.headers = headers
      processor.process(streamRecord(key, value, timestamp, headers))
    },
    forwarded: () => forwarded.splice(0),
    dropped,
    warnings,
    printed,
    opened,
    advanceWallClock: (byMs) => void (wallClock += byMs),
    processorTimes,
    metric: (wanted) => metrics.find(({ name }) => name === wanted)?.read(),
    get store() {
      return state.store('s') as KeyValueStore<unknown, unknown>
    },
  }
}

function textOf({ key, value, timestamp, headers }: StreamRecord<unknown, unknown>, offset: number): ForwardedText {
  const shown =
    value instanceof Change
      ? `${shownValue(value.newValue)} <- ${shownValue(value.oldValue)}${value.isLatest ? '' : ' (late)'}`
      : shownValue(value)
  const names = [...headers].map((header) => header.key)
  const suffix = names.length === 0 ? '' : ` #${names.join(',')}`
  return `${shownValue(key)}: ${shown} @${timestamp}/${offset}${suffix}`
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
