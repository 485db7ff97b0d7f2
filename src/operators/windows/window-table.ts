import { assert } from '../../base/assert.ts'
import { TaskError } from '../../base/errors.ts'
import { Change } from '../../model/change.ts'
import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import { windowRowsOf } from '../../state/windows/typed-window-store.ts'
import type { WindowRows } from '../../state/windows/window-rows.ts'
import { MaterializedTable, type NewRow } from '../materialized-table.ts'
import type { StreamAggregateParameters } from '../stream-aggregate-operator.ts'
import { Emission } from './emission.ts'

/** Parameters of an aggregation of windows. */
export interface WindowTableParameters extends StreamAggregateParameters {
  /** Whether results are given when their windows close instead of with each update. Default false. */
  readonly emitsOnClose?: boolean | undefined
  /** Whether other operators write to the store, too (`cogroup`). Default false. */
  readonly sharesStore?: boolean | undefined
}

/** Which windows an operator emits, as starts, both included. */
export interface EmitRange {
  /** `closedBefore`: the close time of the last emission, -1 before the first. */
  from(closedBefore: number): number
  /** Negative: none can be closed. */
  to(closeTime: number): number
  /** Whether there can be a window in the range. */
  isWorthwhile(from: number, to: number): boolean
}

type AnyRecord = StreamRecord<unknown, unknown>

/**
 * The store of an aggregation of windows with its stream time, and the way out: each update as it is made, or the last one of each window
 * when it closes (P§3.7).
 *
 * Stream time is the greatest timestamp that the operator has seen (P§3.2). It is kept with the rows of the store, so that a window that
 * was closed stays closed, across restarts too, which Java does not do. What was emitted on close is not kept there but with the committed
 * offsets, as in Java, and read from there: both belong to the same commit. Should the rows be lost or come from Java, stream time begins
 * where the last emission had been. Operators that share a store have a stream time each; they keep it with the committed offsets, too,
 * under their own names, because rows that are restored do not tell whose they are.
 */
export class WindowTable {
  readonly windows: WindowRows<unknown, unknown>
  readonly #context: NodeContext
  readonly #graceMs: number
  readonly #store: string
  /** Stream time where it is not kept with the rows; `null`: it is. */
  #ownTime: number | null = null
  /** `null`: updates are not forwarded. */
  readonly #table: MaterializedTable | null
  readonly #emission: Emission | null
  #emitting: AnyRecord | null = null
  #emitted = 0

  constructor(context: NodeContext, parameters: WindowTableParameters, graceMs: number) {
    const { store, sendOldValues, emitsOnClose = false, sharesStore = false } = parameters
    const windows = windowRowsOf<unknown, unknown>(context.store(store))
    assert(windows !== null, `Operator "${context.nodeName}" may write to its window store "${store}"`)
    this.#context = context
    this.#graceMs = graceMs
    this.#store = store
    this.windows = windows
    this.#table = emitsOnClose ? null : new MaterializedTable(context, store, sendOldValues)
    this.#emission = emitsOnClose ? new Emission(context, store) : null
    if (sharesStore) this.#ownTime = context.processorTime(context.nodeName) ?? -1
    const { times } = windows
    const closedBefore = this.#emission?.closedBefore ?? -1
    if (closedBefore !== -1) times.operatorTime = Math.max(times.operatorTime, closedBefore + graceMs)
  }

  /** Notes the timestamp of a record. Returns the close time: windows that end before it take no records. */
  observe(timestamp: number): number {
    const { times } = this.windows
    if (this.#ownTime === null) {
      if (timestamp > times.operatorTime) times.operatorTime = timestamp
      return times.operatorTime - this.#graceMs
    }
    if (timestamp > this.#ownTime) {
      this.#ownTime = timestamp
      this.#context.setProcessorTime(this.#context.nodeName, timestamp)
    }
    return this.#ownTime - this.#graceMs
  }

  /** Writes the row of a window, and forwards the update unless the cache or an emission is to do that. */
  update(record: AnyRecord, key: Windowed<unknown>, row: NewRow): void {
    if (this.#table === null) this.windows.rows.put(key, row.newValue, row.newValue === null ? record.timestamp : row.timestamp)
    else this.#table.updateAt(key, record, row)
  }

  /** Counts a record, or one window of it, that came too late. `window`: as text. */
  dropLate({ timestamp }: AnyRecord, window: string, closeTime: number): void {
    const streamTime = this.#ownTime ?? this.windows.times.operatorTime
    this.#context.dropped(
      `its window ${window} is closed: timestamp ${timestamp}, windows that end by ${closeTime} are, stream time is ${streamTime}`,
    )
  }

  /** Emits the windows that `record` has closed, if it is time to look for them. They get its headers. */
  emitClosed(record: AnyRecord, closeTime: number, range: EmitRange): void {
    const emission = this.#emission
    if (emission === null || !emission.isDue(closeTime)) return
    const to = range.to(closeTime)
    if (to < 0) return
    const from = range.from(emission.closedBefore)
    if (emission.closedBefore !== -1 && !range.isWorthwhile(from, to)) return
    emission.run(closeTime, () => {
      this.#emitted = 0
      this.#emitting = record
      this.windows.visitAll(from, to, this.#emit)
      this.#emitting = null
      return this.#emitted
    })
  }

  readonly #emit = (key: Windowed<unknown>, value: unknown, timestamp: number): void => {
    if (timestamp < 0) throw this.#untimed(key, timestamp)
    this.#emitted++
    const headers = copied(headersOrNull(this.#emitting!))
    this.#context.forward(streamRecord(key, new Change(value, null), timestamp, headers))
  }

  /** Kafka Streams ends there, too, with a "Malformed Record". */
  #untimed({ window: { start, end } }: Windowed<unknown>, timestamp: number): TaskError {
    const { nodeName } = this.#context
    return new TaskError(
      'WINDOW_TIMESTAMP',
      `Cannot give the result of window [${start}, ${end}] of "${nodeName}" on its close: its row in store "${this.#store}" has the timestamp ${timestamp}, ` +
        'as rows of plain stores do, and a result has that of its row; give the store the format "timestamped" or "headers", or use emitStrategy("on-window-update")',
      { processor: nodeName, store: this.#store },
    )
  }
}
