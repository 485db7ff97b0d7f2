import { assert } from '../../base/assert.ts'
import { Change } from '../../model/change.ts'
import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import type { SessionRows } from '../../state/sessions/session-rows.ts'
import { sessionRowsOf } from '../../state/sessions/typed-session-store.ts'
import type { AggregationParameters } from '../stream-aggregate-operator.ts'
import { Emission } from '../windows/emission.ts'

/** Parameters of an aggregation of sessions. */
export interface SessionTableParameters extends AggregationParameters {
  /** Whether results are given when their sessions close instead of with each update. */
  readonly emitsOnClose: boolean
  /** Whether other operators write to the store, too (`cogroup`). Default false. */
  readonly sharesStore?: boolean | undefined
}

type AnyRecord = StreamRecord<unknown, unknown>

/**
 * The store of an aggregation of sessions with its stream time, and the way out: each update as it is made, at the latest when the cache
 * gives it up, or the last one of each session when it closes (P§3.7). The time of an update is the end of its session.
 *
 * Stream time is kept with the rows, and what was emitted on close with the committed offsets: see `WindowTable`.
 */
export class SessionTable {
  readonly sessions: SessionRows<unknown, unknown>
  readonly #context: NodeContext
  /** How far the end of a session may be behind stream time for it to take records: gap and grace. */
  readonly #openMs: number
  readonly #sendOldValues: boolean
  readonly #emission: Emission | null
  /** Stream time where several operators share the store: each has its own, kept with the committed offsets. */
  #ownTime: number | null = null

  constructor(context: NodeContext, { store, sendOldValues, emitsOnClose, sharesStore = false }: SessionTableParameters, openMs: number) {
    const sessions = sessionRowsOf<unknown, unknown>(context.store(store))
    assert(sessions !== null, `Operator "${context.nodeName}" may write to its session store "${store}"`)
    this.sessions = sessions
    this.#context = context
    this.#openMs = openMs
    this.#sendOldValues = sendOldValues
    this.#emission = emitsOnClose ? new Emission(context, store) : null
    if (sharesStore) this.#ownTime = context.processorTime(context.nodeName) ?? -1
    const { times } = sessions
    const closedBefore = this.#emission?.closedBefore ?? -1
    if (closedBefore !== -1) times.operatorTime = Math.max(times.operatorTime, closedBefore + openMs)
    if (this.#emission === null && sessions.rows.isCached) this.#forwardFlushes()
  }

  /** Notes the timestamp of a record. Returns the close time: sessions that end before it take no records. */
  observe(timestamp: number): number {
    const { times } = this.sessions
    if (this.#ownTime === null) {
      if (timestamp > times.operatorTime) times.operatorTime = timestamp
    } else if (timestamp > this.#ownTime) {
      this.#ownTime = timestamp
      this.#context.setProcessorTime(this.#context.nodeName, timestamp)
    }
    return this.#streamTime - this.#openMs
  }

  get #streamTime(): number {
    return this.#ownTime ?? this.sessions.times.operatorTime
  }

  /** Writes the aggregate of a session; `null` deletes it. */
  put(session: Windowed<unknown>, aggregate: unknown, { timestamp }: AnyRecord): void {
    this.sessions.put(session, aggregate, timestamp)
    this.#forward(session, aggregate, null)
  }

  /** Deletes a session that became part of another. */
  remove(session: Windowed<unknown>, aggregate: unknown, { timestamp }: AnyRecord): void {
    this.sessions.remove(session, timestamp)
    this.#forward(session, null, aggregate)
  }

  /** Counts a record that came too late. */
  dropLate({ timestamp }: AnyRecord, { start, end }: Windowed<unknown>['window'], closeTime: number): void {
    this.#context.dropped(
      `its session [${start}, ${end}] is closed: timestamp ${timestamp}, sessions that end before ${closeTime} are, stream time is ${this.#streamTime}`,
    )
  }

  /** Emits the sessions that `record` has closed, if it is time to look for them. They get its headers. */
  emitClosed(record: AnyRecord, closeTime: number): void {
    const emission = this.#emission
    if (emission === null || !emission.isDue(closeTime)) return
    const earliest = Math.max(0, emission.closedBefore)
    const latest = closeTime - 1
    if (latest >= earliest) emission.run(closeTime, () => this.#emitEnded(earliest, latest, record))
  }

  #emitEnded(earliest: number, latest: number, record: AnyRecord): number {
    const { sessions } = this
    const ended = sessions.ended(earliest, latest)
    for (const { key, value } of ended) {
      const session = sessions.sessionIn(key)
      const headers = copied(headersOrNull(record))
      this.#context.forward(streamRecord(session, new Change(sessions.valueIn(value), null), session.window.end, headers))
    }
    return ended.length
  }

  #forward(session: Windowed<unknown>, newValue: unknown, oldValue: unknown): void {
    if (this.sessions.rows.isCached || this.#emission !== null) return
    const change = new Change(newValue, this.#sendOldValues ? oldValue : null)
    // Unlike other aggregates, sessions are forwarded without the headers of the record (P§2.8).
    this.#context.forward(streamRecord(session, change, session.window.end, null))
  }

  #forwardFlushes(): void {
    const context = this.#context
    const { hasHeaders } = this.sessions
    let flushed: AnyRecord
    // One function for all updates: it is called before the next one is set.
    const forward = (): void => context.forward(flushed)
    this.sessions.rows.setFlushListener(({ key, newValue, oldValue, context: recordContext }) => {
      // As in Java: those of the record that made the update, but where the store keeps headers those of the aggregate, which has none.
      const headers = hasHeaders ? null : copied(recordContext.headers)
      flushed = streamRecord(key, new Change(newValue, oldValue), key.window.end, headers)
      context.withRecordContext(recordContext, forward)
    }, this.#sendOldValues)
  }
}
