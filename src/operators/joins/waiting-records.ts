import { assert } from '../../base/assert.ts'
import type { JoinSideKey, JoinSideValue } from '../../model/join-side.ts'
import type { JoinWindows } from '../../model/join-windows.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import { TypedListStore } from '../../state/lists/typed-list-store.ts'

/** Called for a record that nothing joined: its value on its side, `null` on the other. */
export type NotJoined = (key: JoinSideKey, value: JoinSideValue) => void

/**
 * The records of both sides of a left or outer join that have found no partner yet (P§4.1), in a store that both operators of a task are
 * connected to, with the times by which they are given up. Stream time is the greatest timestamp of both sides; unlike Java's it is kept
 * with the store, across restarts.
 */
export class WaitingRecords {
  /** Where they are. */
  readonly store: TypedListStore<JoinSideKey, JoinSideValue>
  readonly #windows: JoinWindows
  readonly #emitIntervalMs: number
  /** The time of the record that `giveUp` looked at last, or of an older one that came since; `Infinity`: none is known. */
  #minTime: number
  #nextEmitTime = 0
  // Written to the store and not kept by it: one object for all.
  readonly #sideKey: { timestamp: number; isLeft: boolean; key: unknown } = { timestamp: 0, isLeft: true, key: null }

  constructor(store: TypedListStore<JoinSideKey, JoinSideValue>, windows: JoinWindows, emitIntervalMs: number) {
    this.store = store
    this.#windows = windows
    this.#emitIntervalMs = emitIntervalMs
    this.#minTime = firstTimeIn(store)
  }

  get streamTime(): number {
    return this.store.times.operatorTime
  }

  /** A record has come, whatever becomes of it. */
  advance(timestamp: number): void {
    const { times } = this.store
    if (timestamp > times.operatorTime) times.operatorTime = timestamp
  }

  /** A record has found no partner. */
  add(isLeft: boolean, key: unknown, value: unknown, timestamp: number): void {
    if (timestamp < this.#minTime) this.#minTime = timestamp
    this.store.append(this.#sideKeyOf(isLeft, key, timestamp), { isLeft, value })
  }

  /** The records of that side with that key and time have found a partner. */
  remove(isLeft: boolean, key: unknown, timestamp: number): void {
    this.store.deleteIfPresent(this.#sideKeyOf(isLeft, key, timestamp))
  }

  /**
   * Gives up the records whose windows are closed, in order of time, side and key, at most once in an interval of the wall clock.
   * `isLeft`: the side of the record that has moved stream time on. `now`: the wall clock.
   */
  giveUp(isLeft: boolean, now: number, notJoined: NotJoined): void {
    if (!this.#mayBeClosed(isLeft) || now < this.#nextEmitTime) return
    this.#nextEmitTime = now + this.#emitIntervalMs
    this.#minTime = Infinity
    const lists = this.store.lists()
    let emitted: JoinSideKey | null = null
    let isLeftOpen = false
    let isRightOpen = false
    try {
      while (lists.next()) {
        const { key } = lists
        this.#minTime = key.timestamp
        if (isLeftOpen && isRightOpen) break
        if (this.#isOpen(key)) {
          if (key.isLeft) isLeftOpen = true
          else isRightOpen = true
          // Java takes the values of a list one by one: the second one of this list would end the walk.
          if (isLeftOpen && isRightOpen && lists.valuesLeft > 1) break
          continue
        }
        for (let value = lists.nextValue(); value !== null; value = lists.nextValue()) {
          notJoined(key, value)
          // A list is deleted when the next one has begun: if a result in its middle fails none of it is lost.
          if (emitted !== null && emitted !== key) this.store.delete(emitted)
          emitted = key
        }
      }
    } finally {
      lists.close()
    }
    if (emitted !== null) this.store.delete(emitted)
  }

  /** Whether a walk through all records could find one to give up. */
  #mayBeClosed(isLeft: boolean): boolean {
    const { beforeMs, afterMs, graceMs } = this.#windows
    const lookBackMs = (isLeft ? afterMs : beforeMs) + graceMs
    // In Java nothing known is the greatest int64: it overflows with any look-back, and does not without.
    return this.#minTime === Infinity ? lookBackMs > 0 : this.#minTime + lookBackMs < this.streamTime
  }

  #isOpen({ timestamp, isLeft }: JoinSideKey): boolean {
    const { beforeMs, afterMs, graceMs } = this.#windows
    return timestamp + (isLeft ? afterMs : beforeMs) + graceMs >= this.streamTime
  }

  #sideKeyOf(isLeft: boolean, key: unknown, timestamp: number): JoinSideKey {
    const sideKey = this.#sideKey
    sideKey.timestamp = timestamp
    sideKey.isLeft = isLeft
    sideKey.key = key
    return sideKey
  }
}

/**
 * What waits, by store: the two operators of a task share it. It is made when the first of them opens and forgotten when one closes, so
 * that a roll-back, which opens both anew, starts from what the store says.
 */
export class WaitingRecordsOfTasks {
  readonly #byStore = new WeakMap<object, WaitingRecords>()
  readonly #store: string
  readonly #windows: JoinWindows

  constructor(store: string, windows: JoinWindows) {
    this.#store = store
    this.#windows = windows
  }

  /** What waits in the task of `context`. */
  open(context: NodeContext): WaitingRecords {
    const store = this.#storeOf(context)
    let waiting = this.#byStore.get(store)
    if (waiting === undefined) {
      waiting = new WaitingRecords(store, this.#windows, context.emitIntervals.outerJoins)
      this.#byStore.set(store, waiting)
    }
    return waiting
  }

  /** An operator of the task closes. */
  forget(waiting: WaitingRecords): void {
    this.#byStore.delete(waiting.store)
  }

  #storeOf(context: NodeContext): TypedListStore<JoinSideKey, JoinSideValue> {
    const opened: unknown = context.store(this.#store)
    assert(opened instanceof TypedListStore, `Operator "${context.nodeName}" may write to its list store "${this.#store}"`)
    return opened as TypedListStore<JoinSideKey, JoinSideValue>
  }
}

/** The time of the oldest record in the store, `Infinity` if there is none. */
function firstTimeIn(store: TypedListStore<JoinSideKey, JoinSideValue>): number {
  const lists = store.lists()
  const time = lists.next() ? lists.key.timestamp : Infinity
  lists.close()
  return time
}
