import { SerdeError, TaskError } from '../base/errors.ts'
import { Change } from '../model/change.ts'
import { streamRecord, type StreamRecord } from '../model/stream-record.ts'
import type { Windowed } from '../model/windowed.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from '../processor/node-context.ts'
import type { ChangeBuffer, LeavingChange } from '../state/buffers/change-buffer.ts'

/** Parameters of `suppressOperator`. */
export interface SuppressParameters {
  /** The buffer. */
  readonly store: string
  /** From the buffer time of a change until it leaves, in stream time. */
  readonly waitMs: number
  /** Buffer time is the end of the key's window, not the time of the record; deletions do not leave: nothing has left before. */
  readonly isFinal: boolean
  /** `Infinity`: no limit. */
  readonly recordsMax: number
  readonly bytesMax: number
  /** What a full buffer does: give up its first changes, or stop the task. */
  readonly whenFull: 'emit-early' | 'shut-down'
}

/**
 * Holds the changes of a table back: of several changes of a key within the time only the last one is forwarded, with its own time and
 * headers (P§3.9). Time moves when records come, never by the wall clock. Throws `TaskError` `BUFFER_FULL`.
 */
export function suppressOperator(parameters: SuppressParameters): ProcessorFactory {
  return (context) => new Suppress(context, parameters)
}

class Suppress implements OpenProcessor {
  readonly #context: NodeContext
  readonly #parameters: SuppressParameters
  readonly #buffer: ChangeBuffer
  readonly #emit: (change: LeavingChange) => void
  #emittedCount = 0
  /** One object for all records. */
  readonly #dueLimits: { timeMax: number; readonly recordsMax: number; readonly bytesMax: number }
  readonly #sizeLimits: { readonly timeMax: number; readonly recordsMax: number; readonly bytesMax: number }

  constructor(context: NodeContext, parameters: SuppressParameters) {
    this.#context = context
    this.#parameters = parameters
    this.#buffer = context.store<ChangeBuffer>(parameters.store)
    this.#dueLimits = { timeMax: -Infinity, recordsMax: Infinity, bytesMax: Infinity }
    this.#sizeLimits = { timeMax: -Infinity, recordsMax: parameters.recordsMax, bytesMax: parameters.bytesMax }
    let leaving: StreamRecord<unknown, Change<unknown>>
    // One function for all changes: it is called before the next one is set.
    const forward = (): void => context.forward(leaving)
    this.#emit = (change) => {
      if (change.newValue === null && parameters.isFinal) return
      const { timestamp, headers } = change.context
      leaving = streamRecord(change.key, new Change(change.newValue, change.oldValue), timestamp, headers)
      context.withRecordContext(change.context, forward)
      this.#emittedCount++
    }
    context.addMetrics([
      { name: 'suppression-emit-total', help: 'Changes that were held back and have left', read: () => this.#emittedCount },
    ])
  }

  process(record: StreamRecord<unknown, Change<unknown>>): void {
    const { waitMs, isFinal, whenFull } = this.#parameters
    const buffer = this.#buffer
    const { times } = buffer
    if (record.timestamp > times.operatorTime) times.operatorTime = record.timestamp
    const time = isFinal ? windowEndOf(record.key) : record.timestamp
    buffer.put(time, record.key, record.value, this.#context.recordContext)
    this.#dueLimits.timeMax = times.operatorTime - waitMs
    buffer.evict(this.#dueLimits, this.#emit)
    if (!this.#isFull()) return
    if (whenFull === 'shut-down') throw this.#full()
    buffer.evict(this.#sizeLimits, this.#emit)
  }

  #isFull(): boolean {
    const { recordsMax, bytesMax } = this.#parameters
    return this.#buffer.recordCount > recordsMax || this.#buffer.byteSize > bytesMax
  }

  #full(): TaskError {
    const { recordCount, byteSize } = this.#buffer
    const { recordsMax, bytesMax } = this.#parameters
    return new TaskError(
      'BUFFER_FULL',
      `Cannot hold more changes back in "${this.#context.nodeName}": its buffer has ${recordCount} of ${textOf(recordsMax)} records and ${byteSize} of ${textOf(bytesMax)} bytes`,
      { processor: this.#context.nodeName },
    )
  }
}

function textOf(limit: number): string {
  return limit === Infinity ? 'any number of' : String(limit)
}

/** The windows of a table may be lost where it is grouped anew. */
function windowEndOf(key: unknown): number {
  const { window } = key as Partial<Windowed<unknown>>
  if (window !== undefined) return window.end
  throw new SerdeError(
    'VALUE_INVALID',
    `Cannot hold a row back until its window closes: its key is a ${typeof key}, a key in a window is required`,
  )
}
