import type { SessionWindows } from '../../model/session-windows.ts'
import type { StreamRecord } from '../../model/stream-record.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import type { RowCursor } from '../../state/sorted-bytes-store.ts'
import { checkResult } from '../check-result.ts'
import type { StreamAggregateParameters } from '../stream-aggregate-operator.ts'
import { SessionTable, type SessionTableParameters } from './session-table.ts'

/** The functions of an aggregation of sessions. */
export interface SessionFunctions {
  readonly initializer: StreamAggregateParameters['initializer']
  readonly aggregator: StreamAggregateParameters['aggregator']
  /** The aggregate of two sessions that become one. */
  readonly merger: (key: unknown, left: unknown, right: unknown) => unknown
}

/** Parameters of `sessionAggregateOperator`. */
export interface SessionAggregateParameters extends SessionTableParameters, SessionFunctions {
  readonly windows: SessionWindows
}

/**
 * Aggregates the values of each key and session (P§3.6). A record becomes one session with all those that end or begin within the gap of it:
 * they are deleted, one by one, before the new one is written. A record without a key is dropped, one without a value is not. A session that
 * ended longer than gap and grace ago takes no record any more, but one that joins a record to a later session does.
 */
export function sessionAggregateOperator(parameters: SessionAggregateParameters): ProcessorFactory {
  return (context) => new SessionAggregate(context, parameters)
}

type AnyRecord = StreamRecord<unknown, unknown>

class SessionAggregate {
  readonly #context: NodeContext
  readonly #parameters: SessionAggregateParameters
  readonly #table: SessionTable
  /** What the record in hand is merged with, and their aggregates. */
  readonly #merged: Windowed<unknown>[] = []
  readonly #aggregates: unknown[] = []

  constructor(context: NodeContext, parameters: SessionAggregateParameters) {
    const { gapMs, graceMs } = parameters.windows
    this.#context = context
    this.#parameters = parameters
    this.#table = new SessionTable(context, parameters, gapMs + graceMs)
  }

  process(record: AnyRecord): void {
    if (record.key === null) {
      this.#context.dropped('null key')
      return
    }
    const closeTime = this.#table.observe(record.timestamp)
    this.#update(record, closeTime)
    this.#table.emitClosed(record, closeTime)
  }

  #update(record: AnyRecord, closeTime: number): void {
    const { initializer, aggregator, merger, windows } = this.#parameters
    const { key, timestamp } = record
    const merged = this.#merged
    const aggregates = this.#aggregates
    merged.length = 0
    aggregates.length = 0
    let aggregate = checkResult(initializer(), 'the initializer of aggregate()')
    this.#table.sessions.find(key, timestamp - windows.gapMs, timestamp + windows.gapMs, this.#take)
    let start = timestamp
    let end = timestamp
    for (let index = 0; index < merged.length; index++) {
      const { window } = merged[index]!
      aggregate = checkResult(merger(key, aggregate, aggregates[index]), 'the merger of aggregate()')
      if (window.start < start) start = window.start
      if (window.end > end) end = window.end
    }
    const session = { key, window: { start, end } }
    if (end < closeTime) {
      this.#table.dropLate(record, session.window, closeTime)
      return
    }
    // A session of just this moment is written over.
    if (start !== end) for (let index = 0; index < merged.length; index++) this.#table.remove(merged[index]!, aggregates[index], record)
    aggregate = checkResult(aggregator(key, record.value, aggregate), 'the aggregator or reducer of sessions')
    this.#table.put(session, aggregate, record)
  }

  readonly #take = ({ key, value }: RowCursor): void => {
    const { sessions } = this.#table
    this.#merged.push(sessions.sessionIn(key))
    this.#aggregates.push(sessions.valueIn(value))
  }
}
