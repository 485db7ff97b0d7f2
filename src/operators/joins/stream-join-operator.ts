import { assert } from '../../base/assert.ts'
import type { JoinSideKey, JoinSideValue } from '../../model/join-side.ts'
import type { JoinWindows } from '../../model/join-windows.ts'
import { copied, headersOrNull, streamRecord, type StreamRecord } from '../../model/stream-record.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from '../../processor/node-context.ts'
import { windowFetchOf } from '../../state/windows/typed-window-store.ts'
import type { WindowFetch } from '../../state/windows/window-fetch.ts'
import { joined, type StreamJoiner } from './stream-joiner.ts'
import type { NotJoined, WaitingRecords, WaitingRecordsOfTasks } from './waiting-records.ts'

/** Parameters of `streamJoinOperator`. */
export interface StreamJoinParameters {
  readonly joiner: StreamJoiner
  readonly windows: JoinWindows
  /** Whether it takes the records of the left side. */
  readonly isLeft: boolean
  /** The window store with the records of the other side. */
  readonly otherStore: string
  /** Of left and outer joins: what waits for a partner, shared with the operator of the other side. `null`: an inner join. */
  readonly waiting: WaitingRecordsOfTasks | null
  /** Whether a record of this side without a partner gives a result. */
  readonly isOuter: boolean
}

/**
 * Joins the records of one side of two streams with those of the other side that are in their windows (P§4.1). A result has the greater
 * timestamp of the two and the headers of the record that came last; results of one record are in the order of the other side's times.
 *
 * A record of an outer side without a partner waits until no partner can come any more. It is given up by a record of either side that moves
 * stream time on, with its own timestamp and the headers of that record. A record without a key, which can have no partner, is given up at
 * once (KIP-962). Other records without a key, and those without a value, are dropped.
 */
export function streamJoinOperator(parameters: StreamJoinParameters): ProcessorFactory {
  return (context) => new StreamJoin(context, parameters)
}

type AnyRecord = StreamRecord<unknown, unknown>

class StreamJoin implements OpenProcessor {
  readonly #context: NodeContext
  readonly #parameters: StreamJoinParameters
  readonly #others: WindowFetch<unknown, unknown>
  readonly #waiting: WaitingRecords | null
  readonly #beforeMs: number
  readonly #afterMs: number
  readonly #notJoined: NotJoined
  // The record that is being processed, for `#notJoined`.
  #record: AnyRecord | null = null

  constructor(context: NodeContext, parameters: StreamJoinParameters) {
    const { otherStore, waiting, windows, isLeft } = parameters
    const others = windowFetchOf(context.store(otherStore))
    assert(others !== null, `Operator "${context.nodeName}" may read the window store "${otherStore}"`)
    this.#context = context
    this.#parameters = parameters
    this.#others = others
    this.#waiting = waiting === null ? null : waiting.open(context)
    this.#beforeMs = isLeft ? windows.beforeMs : windows.afterMs
    this.#afterMs = isLeft ? windows.afterMs : windows.beforeMs
    this.#notJoined = (key, value) => this.#forwardNotJoined(key, value)
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    const waiting = this.#waiting
    waiting?.advance(timestamp)
    if (key === null || value === null) {
      if (this.#parameters.isOuter && value !== null) this.#forward(record, this.#alone(value, key), timestamp)
      else this.#context.dropped('null key or value')
      return
    }
    if (waiting !== null && timestamp === waiting.streamTime) this.#giveUp(waiting, record)
    const to = Math.max(0, timestamp + this.#afterMs)
    if (this.#joinOthers(record, to) || !this.#parameters.isOuter || waiting === null) return
    // Its window has passed already: there is nothing to wait for.
    if (to < waiting.streamTime) this.#forward(record, this.#alone(value, key), timestamp)
    else waiting.add(this.#parameters.isLeft, key, value, timestamp)
  }

  close(): void {
    if (this.#waiting !== null) this.#parameters.waiting?.forget(this.#waiting)
  }

  /** Joins `record` with the other side's records in its window; whether there were any. */
  #joinOthers(record: AnyRecord, to: number): boolean {
    const { key, value, timestamp } = record
    const { isLeft, joiner } = this.#parameters
    const others = this.#others
    const waiting = this.#waiting
    let isJoined = false
    others.begin(key, Math.max(0, timestamp - this.#beforeMs), to)
    try {
      while (others.next()) {
        isJoined = true
        const other = others.value()
        const { start } = others
        waiting?.remove(!isLeft, key, start)
        const result = isLeft ? joined(joiner, value, other, key) : joined(joiner, other, value, key)
        this.#forward(record, result, timestamp > start ? timestamp : start)
      }
    } finally {
      others.end()
    }
    return isJoined
  }

  #giveUp(waiting: WaitingRecords, record: AnyRecord): void {
    this.#record = record
    waiting.giveUp(this.#parameters.isLeft, this.#context.systemTime, this.#notJoined)
    this.#record = null
  }

  #forwardNotJoined({ key, timestamp }: JoinSideKey, { isLeft, value }: JoinSideValue): void {
    const { joiner } = this.#parameters
    const result = isLeft ? joined(joiner, value, null, key) : joined(joiner, null, value, key)
    this.#context.forward(streamRecord(key, result, timestamp, copied(headersOrNull(this.#record!))))
  }

  /** What the joiner makes of a value of this side without a partner. */
  #alone(value: unknown, key: unknown): unknown {
    const { isLeft, joiner } = this.#parameters
    return isLeft ? joined(joiner, value, null, key) : joined(joiner, null, value, key)
  }

  #forward(record: AnyRecord, result: unknown, timestamp: number): void {
    this.#context.forward(streamRecord(record.key, result, timestamp, copied(headersOrNull(record))))
  }
}
