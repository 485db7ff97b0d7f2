import { TaskError } from '../../base/errors.ts'
import { streamRecord, type StreamRecord } from '../../model/stream-record.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from '../../processor/node-context.ts'
import type { LeavingRecord, RecordBuffer } from '../../state/buffers/record-buffer.ts'
import { checkResult } from '../check-result.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/** Parameters of `streamTableJoinOperator`. */
export interface StreamTableJoinParameters {
  /** How rows of the table are looked up. */
  readonly view: TableViewSource
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  /** A record without a row is joined too, with `null` in the row's place. */
  readonly isLeft: boolean
  /** Of a join with grace; `null`: records are joined when they come. */
  readonly waiting: WaitingRecords | null
}

/** Where the records of a join with grace wait, and for how long in stream time. */
export interface WaitingRecords {
  readonly store: string
  readonly graceMs: number
}

/**
 * Joins each record of a stream with the row of its key, as the table is now; with the row as it was at the record's time where the table
 * keeps versions (P§4.2). The result has the record's timestamp and headers; changes of the table give none. A record without a value is
 * dropped, and so is one without a key, which a left join takes: it has no row (KIP-962).
 *
 * With grace a record waits until stream time has passed it by the grace, so that rows that come late are found; records leave in order of
 * their time. One that is later than the grace is joined at once (KIP-923). Throws `TaskError` `BUFFER_KEY_NULL`.
 */
export function streamTableJoinOperator(parameters: StreamTableJoinParameters): ProcessorFactory {
  return (context) => {
    const join = new StreamTableJoin(context, parameters)
    return parameters.waiting === null ? join : new WaitingJoin(context, join, parameters.waiting)
  }
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
    if (this.accepts(record)) this.join(record)
  }

  /** Whether the record can be joined; it is dropped if not. */
  accepts({ key, value }: AnyRecord): boolean {
    if (value !== null && (key !== null || this.#isLeft)) return true
    this.#context.dropped('null key or value')
    return false
  }

  join(record: AnyRecord): void {
    const { key, value } = record
    const row = key === null ? null : this.#rowOf(key, record.timestamp)
    if (row === null && !this.#isLeft) return
    this.#context.forward(record.withValue(checkResult(this.#joiner(value, row, key), 'the joiner of a stream and a table')))
  }

  #rowOf(key: unknown, timestamp: number): unknown {
    return this.#view.isVersioned ? this.#view.getAsOf(key, timestamp) : this.#view.get(key)
  }
}

class WaitingJoin implements OpenProcessor {
  readonly #context: NodeContext
  readonly #join: StreamTableJoin
  readonly #graceMs: number
  readonly #buffer: RecordBuffer
  readonly #emit: (record: LeavingRecord) => void

  constructor(context: NodeContext, join: StreamTableJoin, { store, graceMs }: WaitingRecords) {
    this.#context = context
    this.#join = join
    this.#graceMs = graceMs
    this.#buffer = context.store<RecordBuffer>(store)
    let leaving: AnyRecord
    // One function for all records: it is called before the next one is set.
    const joinLeaving = (): void => join.join(leaving)
    this.#emit = (record) => {
      leaving = streamRecord(record.key, record.value, record.context.timestamp, record.context.headers)
      context.withRecordContext(record.context, joinLeaving)
    }
  }

  process(record: AnyRecord): void {
    if (!this.#join.accepts(record)) return
    if (record.key === null) throw this.#withoutKey()
    if (this.#buffer.put(record, this.#context.recordContext, this.#graceMs)) this.#buffer.evict(this.#graceMs, this.#emit)
    else this.#join.join(record)
  }

  #withoutKey(): TaskError {
    const { nodeName } = this.#context
    return new TaskError(
      'BUFFER_KEY_NULL',
      `Cannot let a record wait in "${nodeName}": it has no key, required is one in a join with grace`,
      {
        processor: nodeName,
      },
    )
  }
}
