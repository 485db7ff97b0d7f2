import type { StreamRecord } from '../../model/stream-record.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from '../../processor/node-context.ts'
import { checkResult } from '../check-result.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/** Parameters of `streamTableJoinOperator`. */
export interface StreamTableJoinParameters {
  /** How rows of the table are looked up. */
  readonly view: TableViewSource
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  /** A record without a row is joined too, with `null` in the row's place. */
  readonly isLeft: boolean
}

/**
 * Joins each record of a stream with the row of its key, as the table is now; with the row as it was at the record's time where the table
 * keeps versions (P§4.2). The result has the record's timestamp and headers; changes of the table give none. A record without a value is
 * dropped, and so is one without a key, which a left join takes: it has no row (KIP-962).
 */
export function streamTableJoinOperator(parameters: StreamTableJoinParameters): ProcessorFactory {
  return (context) => new StreamTableJoin(context, parameters)
}

type AnyRecord = StreamRecord<unknown, unknown>

class StreamTableJoin implements OpenProcessor {
  readonly #context: NodeContext
  readonly #view: TableView
  readonly #joiner: StreamTableJoinParameters['joiner']
  readonly #isLeft: boolean

  constructor(context: NodeContext, { view, joiner, isLeft }: StreamTableJoinParameters) {
    this.#context = context
    this.#view = view.open(context)
    this.#joiner = joiner
    this.#isLeft = isLeft
  }

  process(record: AnyRecord): void {
    if (record.value === null || (record.key === null && !this.#isLeft)) this.#context.dropped('null key or value')
    else this.#join(record)
  }

  #join(record: AnyRecord): void {
    const { key, value } = record
    const row = key === null ? null : this.#rowOf(key, record.timestamp)
    if (row === null && !this.#isLeft) return
    this.#context.forward(record.withValue(checkResult(this.#joiner(value, row, key), 'the joiner of a stream and a table')))
  }

  #rowOf(key: unknown, timestamp: number): unknown {
    return this.#view.isVersioned ? this.#view.getAsOf(key, timestamp) : this.#view.get(key)
  }
}
