import { assert } from '../../base/assert.ts'
import { type JoinWindows, joinWindowSize } from '../../model/join-windows.ts'
import { copied, headersOrNull, streamRecord, type StreamRecord } from '../../model/stream-record.ts'
import type { NodeContext, OpenProcessor, ProcessorFactory } from '../../processor/node-context.ts'
import { windowFetchOf, windowRowsOf } from '../../state/windows/typed-window-store.ts'
import type { WindowFetch } from '../../state/windows/window-fetch.ts'
import type { WindowTimes } from '../../state/windows/window-times.ts'
import { joined, type StreamJoiner } from './stream-joiner.ts'

/** Parameters of `selfJoinOperator`. */
export interface SelfJoinParameters {
  readonly joiner: StreamJoiner
  readonly windows: JoinWindows
  /** The window store with the records of the stream. */
  readonly store: string
}

/**
 * Joins the records of a stream with those of the same stream, which one store keeps (`single.store.self.join`, P§4.1 "Self-join"). The
 * results are those of an inner join with two stores: the record as the left side, then as the right side, and once with itself, in order of
 * time. Records without a key or value are dropped. Stream time is kept with the store, across restarts.
 */
export function selfJoinOperator(parameters: SelfJoinParameters): ProcessorFactory {
  return (context) => new SelfJoin(context, parameters)
}

type AnyRecord = StreamRecord<unknown, unknown>

class SelfJoin implements OpenProcessor {
  readonly #context: NodeContext
  readonly #joiner: StreamJoiner
  readonly #windows: JoinWindows
  readonly #others: WindowFetch<unknown, unknown>
  readonly #times: WindowTimes
  readonly #retentionMs: number

  constructor(context: NodeContext, { joiner, windows, store }: SelfJoinParameters) {
    const opened: unknown = context.store(store)
    const others = windowFetchOf(opened)
    const rows = windowRowsOf(opened)
    assert(others !== null && rows !== null, `Operator "${context.nodeName}" may read the window store "${store}"`)
    this.#context = context
    this.#joiner = joiner
    this.#windows = windows
    this.#others = others
    this.#times = rows.times
    this.#retentionMs = joinWindowSize(windows) + windows.graceMs
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (key === null || value === null) {
      this.#context.dropped('null key or value')
      return
    }
    const { beforeMs, afterMs } = this.#windows
    const withItself = this.#result(record, value, value, timestamp)
    if (timestamp > this.#times.operatorTime) this.#times.operatorTime = timestamp
    this.#joinAsLeft(record, timestamp - beforeMs, timestamp + afterMs)
    const isTooLate = timestamp <= this.#times.operatorTime - this.#retentionMs + 1
    this.#joinAsRight(record, isTooLate ? null : withItself)
  }

  #joinAsLeft(record: AnyRecord, from: number, to: number): void {
    const { key, value } = record
    const others = this.#others
    others.begin(key, Math.max(0, from), Math.max(0, to))
    try {
      while (others.next()) this.#context.forward(this.#result(record, value, others.value(), others.start))
    } finally {
      others.end()
    }
  }

  /** `withItself`: the record joined with itself, which comes before the first result that is later; `null`: there is none. */
  #joinAsRight(record: AnyRecord, withItself: AnyRecord | null): void {
    const { key, value, timestamp } = record
    const { beforeMs, afterMs } = this.#windows
    const others = this.#others
    let own = withItself
    others.begin(key, Math.max(0, timestamp - afterMs), Math.max(0, timestamp + beforeMs))
    try {
      while (others.next()) {
        if (own !== null && others.start > timestamp) {
          this.#context.forward(own)
          own = null
        }
        this.#context.forward(this.#result(record, others.value(), value, others.start))
      }
    } finally {
      others.end()
    }
    if (own !== null) this.#context.forward(own)
  }

  #result(record: AnyRecord, left: unknown, right: unknown, otherTime: number): AnyRecord {
    const { key, timestamp } = record
    const result = joined(this.#joiner, left, right, key)
    return streamRecord(key, result, Math.max(timestamp, otherTime), copied(headersOrNull(record)))
  }
}
