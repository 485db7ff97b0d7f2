import type { StreamRecord } from '../../model/stream-record.ts'
import type { WindowSteps } from '../../model/time-windows.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import { checkResult } from '../check-result.ts'
import { type EmitRange, WindowTable, type WindowTableParameters } from './window-table.ts'

/** Parameters of `windowAggregateOperator`. */
export interface WindowAggregateParameters extends WindowTableParameters {
  readonly windows: WindowSteps
}

/**
 * Aggregates the values of each key and time window (P§3.4). A record without a key is dropped, one without a value is not. A window whose
 * end is not beyond `stream time - grace` takes no record any more: each such window of a record counts as dropped. Stream time is the
 * greatest timestamp that this operator has seen (P§3.2); unlike Java's it is kept with the store, across restarts.
 */
export function windowAggregateOperator(parameters: WindowAggregateParameters): ProcessorFactory {
  return (context) => new WindowAggregate(context, parameters)
}

type AnyRecord = StreamRecord<unknown, unknown>

class WindowAggregate {
  readonly #context: NodeContext
  readonly #parameters: WindowAggregateParameters
  readonly #table: WindowTable
  readonly #emitRange: EmitRange

  constructor(context: NodeContext, parameters: WindowAggregateParameters) {
    this.#context = context
    this.#parameters = parameters
    this.#table = new WindowTable(context, parameters, parameters.windows.graceMs)
    this.#emitRange = emitRangeOf(parameters.windows)
  }

  process(record: AnyRecord): void {
    if (record.key === null) {
      this.#context.dropped('null key')
      return
    }
    const { sizeMs, advanceMs, firstStart } = this.#parameters.windows
    const { timestamp } = record
    const closeTime = this.#table.observe(timestamp)
    for (let start = firstStart(timestamp); start <= timestamp; start += advanceMs) {
      const end = start + sizeMs
      if (end > closeTime) this.#update(record, start, end)
      else this.#table.dropLate(record, `[${start}, ${end})`, closeTime)
    }
    this.#table.emitClosed(record, closeTime, this.#emitRange)
  }

  #update(record: AnyRecord, start: number, end: number): void {
    const { initializer, aggregator } = this.#parameters
    const { rows } = this.#table.windows
    // The same object for both: it is known by then what its bytes are, and where a cache has it.
    const key = { key: record.key, window: { start, end } }
    let aggregate = rows.get(key)
    let { timestamp } = record
    if (aggregate === null) aggregate = checkResult(initializer(), 'the initializer of aggregate()')
    else timestamp = Math.max(timestamp, rows.foundTimestamp)
    const newValue = checkResult(aggregator(record.key, record.value, aggregate), 'the aggregator or reducer of windows')
    // As in Java, the old value of a first record is what the initializer gave.
    this.#table.update(record, key, { newValue, oldValue: aggregate, timestamp })
  }
}

/** The end of a window is exclusive: it is closed when the close time is there. */
function emitRangeOf({ sizeMs, advanceMs, firstStart }: WindowSteps): EmitRange {
  return {
    from: (closedBefore) => (closedBefore === -1 ? 0 : Math.max(0, closedBefore - sizeMs) + 1),
    to: (closeTime) => closeTime - sizeMs,
    // Java compares the windows of the two times: where they are the same, none has closed in between.
    isWorthwhile: (from, to) => {
      const before = from - 1
      return firstStart(to) !== firstStart(before) || Math.floor(to / advanceMs) !== Math.floor(before / advanceMs)
    },
  }
}
