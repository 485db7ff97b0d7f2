import { assert } from '../../base/assert.ts'
import type { StreamRecord } from '../../model/stream-record.ts'
import type { WindowSteps } from '../../model/time-windows.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import { windowRowsOf } from '../../state/windows/typed-window-store.ts'
import type { WindowTimes } from '../../state/windows/window-times.ts'
import { checkResult } from '../check-result.ts'
import { MaterializedTable } from '../materialized-table.ts'
import type { StreamAggregateParameters } from '../stream-aggregate-operator.ts'

/** Parameters of `windowAggregateOperator`. */
export interface WindowAggregateParameters extends StreamAggregateParameters {
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
  readonly #table: MaterializedTable
  readonly #times: WindowTimes

  constructor(context: NodeContext, parameters: WindowAggregateParameters) {
    const { store, sendOldValues } = parameters
    const opened = windowRowsOf(context.store(store))
    assert(opened !== null, `Operator "${context.nodeName}" may write to its window store "${store}"`)
    this.#context = context
    this.#parameters = parameters
    this.#table = new MaterializedTable(context, store, sendOldValues)
    this.#times = opened.times
  }

  process(record: AnyRecord): void {
    if (record.key === null) {
      this.#context.dropped('null key')
      return
    }
    const { sizeMs, advanceMs, graceMs, firstStart } = this.#parameters.windows
    const { timestamp } = record
    if (timestamp > this.#times.operatorTime) this.#times.operatorTime = timestamp
    const closeTime = this.#times.operatorTime - graceMs
    for (let start = firstStart(timestamp); start <= timestamp; start += advanceMs) {
      if (start + sizeMs > closeTime) this.#update(record, start, start + sizeMs)
      else this.#dropLate(record, start, closeTime)
    }
  }

  #update(record: AnyRecord, start: number, end: number): void {
    const { initializer, aggregator } = this.#parameters
    const key = { key: record.key, window: { start, end } }
    const { rows } = this.#table
    let aggregate = rows.get(key)
    let { timestamp } = record
    if (aggregate === null) aggregate = checkResult(initializer(), 'the initializer of aggregate()')
    else timestamp = Math.max(timestamp, rows.foundTimestamp)
    const newValue = checkResult(aggregator(record.key, record.value, aggregate), 'the aggregator or reducer of windows')
    // As in Java, the old value of a first record is what the initializer gave.
    this.#table.updateAt(key, record, { newValue, oldValue: aggregate, timestamp })
  }

  #dropLate({ timestamp }: AnyRecord, start: number, closeTime: number): void {
    const end = start + this.#parameters.windows.sizeMs
    this.#context.dropped(
      `its window [${start}, ${end}) is closed: timestamp ${timestamp}, windows that end by ${closeTime} are, stream time is ${this.#times.operatorTime}`,
    )
  }
}
