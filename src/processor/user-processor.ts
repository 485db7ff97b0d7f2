import { type Duration, durationMs } from '../base/durations.ts'
import { TaskError, TopologyError } from '../base/errors.ts'
import type { RecordMetadata } from '../model/record-metadata.ts'
import { StreamRecord } from '../model/stream-record.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from './node-context.ts'
import type {
  Cancellable,
  FixedKeyProcessorSupplier,
  OpenStores,
  ProcessingContext,
  ProcessorSupplier,
  ScheduleOptions,
  StoreMap,
} from './processor.ts'

/** How each store of a processor is found when its task opens, by the name under which the processor knows it. */
export type StoreOpeners = Readonly<Record<string, (context: NodeContext) => unknown>>

/**
 * The factory of a user's processor, with or without a fixed key. `stores` has an opener per entry of the option `stores`: `context.stores`
 * has these keys and no others.
 */
export function userProcessor(
  // oxlint-disable-next-line typescript/no-explicit-any -- the DSL has checked the types of the supplier
  supplier: ProcessorSupplier<any, any, any, any, any> | FixedKeyProcessorSupplier<any, any, any, any>,
  stores: StoreOpeners,
): ProcessorFactory {
  return (node) => openUserProcessor(supplier(new UserContext(node, openStores(node, stores), forward)), node)
}

/** The context of a user's function in `node` that makes values and forwards nothing. Plain JavaScript that calls `forward` gets `FORWARD_DISABLED`. */
export function openProcessingContext(node: NodeContext, stores: StoreOpeners): ProcessingContext<StoreMap> {
  return new UserContext(node, openStores(node, stores), refuseForward)
}

function openStores(node: NodeContext, stores: StoreOpeners): OpenStores<StoreMap> {
  const opened: Record<string, unknown> = {}
  for (const [name, open] of Object.entries(stores)) opened[name] = open(node)
  return Object.freeze(opened)
}

/** Checks what the supplier gave. */
function openUserProcessor(given: unknown, node: NodeContext): OpenProcessor {
  const process = typeof given === 'function' ? given : (given as { process?: unknown } | null | undefined)?.process
  if (typeof process !== 'function') {
    const found = isThenable(given) ? 'a promise' : given === null ? 'null' : typeof given
    throw new TopologyError(
      'PROCESSOR_INVALID',
      `Cannot open processor "${node.nodeName}": its supplier returned ${found}, required is a function or an object with a function process`,
      { taskId: node.taskId, processor: node.nodeName },
    )
  }
  const target = typeof given === 'function' ? undefined : (given as { close?(): void })
  return {
    process: (record) => requireDone(process.call(target, record), node),
    close: () => target?.close?.(),
  }
}

/** A promise cannot be waited for: the record would count as processed before it is. */
function requireDone(result: unknown, node: NodeContext): void {
  if (result === undefined || !isThenable(result)) return
  throw new TaskError(
    'PROMISE_RETURNED',
    `Cannot process a record in "${node.nodeName}": it returned a promise, records are processed synchronously`,
  )
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

let nodeBehind: (context: UserContext) => NodeContext

/** The node of a context that a supplier was called with; `null` for any other object. */
export function contextNode(context: unknown): NodeContext | null {
  return context instanceof UserContext ? nodeBehind(context) : null
}

/**
 * What a user's processor sees. Functions that are taken out of the object keep working: `forward`, `schedule` and `commit` are bound.
 */
class UserContext implements ProcessingContext<StoreMap> {
  static {
    nodeBehind = (context) => context.#node
  }

  readonly #node: NodeContext
  readonly applicationId: string
  readonly taskId: string
  readonly stores: OpenStores<StoreMap>
  readonly forward: (record: unknown, child?: string) => void
  readonly schedule: ProcessingContext['schedule']
  readonly commit: () => void

  constructor(node: NodeContext, stores: OpenStores<StoreMap>, forwardFrom: typeof forward) {
    this.#node = node
    this.applicationId = node.applicationId
    this.taskId = node.taskId
    this.stores = stores
    this.forward = (record, child) => forwardFrom(node, record, child)
    this.schedule = (interval, type, punctuator, options) => schedule(node, { interval, type, punctuator, options })
    this.commit = () => node.commit()
  }

  get recordMetadata(): RecordMetadata | null {
    return this.#node.recordMetadata
  }

  get streamTime(): number {
    return this.#node.streamTime
  }

  get systemTime(): number {
    return this.#node.systemTime
  }
}

function requireActive(node: NodeContext, action: string): void {
  if (node.isActive) return
  throw new TopologyError(
    'PROCESSOR_INACTIVE',
    `Cannot ${action} in processor "${node.nodeName}": no record is being processed, do it within the supplier, process or a punctuator and without await`,
    { taskId: node.taskId, processor: node.nodeName },
  )
}

function forward(node: NodeContext, record: unknown, child: string | undefined): void {
  requireActive(node, 'forward a record')
  if (!(record instanceof StreamRecord)) {
    throw new TypeError(
      `Cannot forward from processor "${node.nodeName}": it is no StreamRecord, make one with new StreamRecord() or record.with...()`,
    )
  }
  if (record.key === undefined || record.value === undefined) {
    const side = record.key === undefined ? 'key' : 'value'
    throw new TypeError(`Cannot forward from processor "${node.nodeName}": the ${side} is undefined, required is a value or null`)
  }
  if (child === undefined) node.forward(record)
  else node.forwardTo(child, record)
}

function refuseForward(node: NodeContext): void {
  throw new TaskError(
    'FORWARD_DISABLED',
    `Cannot forward a record in "${node.nodeName}": its function gives values to the rows of a table, return the value instead`,
    { taskId: node.taskId, processor: node.nodeName },
  )
}

interface ScheduleRequest {
  readonly interval: Duration
  readonly type: 'stream-time' | 'wall-clock'
  readonly punctuator: (timestamp: number) => void | undefined
  readonly options: ScheduleOptions | undefined
}

function schedule(node: NodeContext, request: ScheduleRequest): Cancellable {
  const { interval, type, punctuator, options } = request
  requireActive(node, 'schedule a punctuator')
  if (type !== 'stream-time' && type !== 'wall-clock') {
    throw new TypeError(`Cannot schedule a punctuator by "${String(type)}": required is "stream-time" or "wall-clock"`)
  }
  if (typeof punctuator !== 'function') throw new TypeError('Cannot schedule a punctuator: it is no function')
  const start = options?.startTime
  const startMs = start instanceof Date ? start.getTime() : start
  if (startMs !== undefined && !Number.isSafeInteger(startMs)) {
    throw new RangeError(`Cannot schedule a punctuator from ${String(start)}: required are milliseconds since 1970 or a Date`)
  }
  return node.schedule(durationMs(interval, 'interval'), type, (timestamp) => requireDone(punctuator(timestamp), node), startMs)
}
