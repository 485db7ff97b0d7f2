import type { StreamRecord } from '../../model/stream-record.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from '../../processor/node-context.ts'
import { checkResult } from '../check-result.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/** Parameters of `streamGlobalJoinOperator`. */
export interface StreamGlobalJoinParameters {
  /** How rows of the global table are looked up. */
  readonly view: TableViewSource
  /** The key of the global table for a record that has a value; `null`: there is none. */
  readonly keySelector: (key: unknown, value: unknown) => unknown
  readonly joiner: (left: unknown, right: unknown, key: unknown, globalKey: unknown) => unknown
  /** A record without a row is joined too, with `null` in the row's place. */
  readonly isLeft: boolean
}

/**
 * Joins each record of a stream with a row of a global table, as the table is now: there is no order of time between the two (P§4.3). The
 * result has the record's key, timestamp and headers. A record without a value is dropped; one for which there is no global key is dropped
 * by an inner join, and joined with `null` by a left one (KIP-962).
 */
export function streamGlobalJoinOperator(parameters: StreamGlobalJoinParameters): ProcessorFactory {
  return (context) => new StreamGlobalJoin(context, parameters)
}

class StreamGlobalJoin implements OpenProcessor {
  readonly #context: NodeContext
  readonly #view: TableView
  readonly #keySelector: StreamGlobalJoinParameters['keySelector']
  readonly #joiner: StreamGlobalJoinParameters['joiner']
  readonly #isLeft: boolean

  constructor(context: NodeContext, { view, keySelector, joiner, isLeft }: StreamGlobalJoinParameters) {
    this.#context = context
    this.#view = view.open(context)
    this.#keySelector = keySelector
    this.#joiner = joiner
    this.#isLeft = isLeft
  }

  process(record: StreamRecord<unknown, unknown>): void {
    const { key, value } = record
    if (value === null) {
      this.#context.dropped('null value')
      return
    }
    const globalKey = checkResult(this.#keySelector(key, value), 'the key selector of a join with a global table')
    if (globalKey === null && !this.#isLeft) {
      this.#context.dropped('null join key')
      return
    }
    const row = globalKey === null ? null : this.#view.get(globalKey)
    if (row === null && !this.#isLeft) return
    const joined = this.#joiner(value, row, key, globalKey)
    this.#context.forward(record.withValue(checkResult(joined, 'the joiner of a stream and a global table')))
  }
}
