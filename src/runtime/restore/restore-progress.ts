import type { Clock, Output } from '../../base/environment.ts'
import type { RestoreBatch, RestoredPartition, RestoreEnd, RestoreListener, RestoreStart } from './restore-listener.ts'

interface Running {
  readonly from: number
  readonly to: number
  offset: number
}

const SHOWN_EVERY_MS = 250
const BAR_WIDTH = 20

/** Shows on one line of the output, which is written over a few times a second, how far the restores of an instance are. */
export class RestoreProgress implements RestoreListener {
  readonly #output: Output
  readonly #clock: Clock
  readonly #running = new Map<string, Running>()
  /** Of restores that have ended since the line was begun: how many offsets they read. */
  #ended = 0
  #records = 0
  #startMs = 0
  #shownMs = -Infinity

  constructor(output: Output, clock: Clock) {
    this.#output = output
    this.#clock = clock
  }

  restoreStart({ from, to, ...at }: RestoreStart): void {
    if (this.#running.size === 0) {
      this.#ended = 0
      this.#records = 0
      this.#startMs = this.#clock.monotonic()
    }
    this.#running.set(keyOf(at), { from, to, offset: from })
    this.#show()
  }

  restoreBatch({ offset, count, ...at }: RestoreBatch): void {
    const running = this.#running.get(keyOf(at))
    if (running === undefined) return
    running.offset = offset
    this.#records += count
    this.#show()
  }

  restoreEnd(restore: RestoreEnd): void {
    this.#end(restore)
  }

  restoreSuspended(restore: RestoreEnd): void {
    this.#end(restore)
  }

  #end(at: RestoredPartition): void {
    const running = this.#running.get(keyOf(at))
    if (running === undefined) return
    this.#running.delete(keyOf(at))
    this.#ended += running.to - running.from
    if (this.#running.size > 0) return this.#show()
    const seconds = (this.#clock.monotonic() - this.#startMs) / 1000
    this.#output.write(`\rrestored ${bar(1)} ${this.#records} records in ${seconds.toFixed(1)} s${' '.repeat(20)}\n`)
    this.#shownMs = -Infinity
  }

  #show(): void {
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#shownMs < SHOWN_EVERY_MS) return
    this.#shownMs = nowMs
    let done = this.#ended
    let all = this.#ended
    for (const { from, to, offset } of this.#running.values()) {
      done += offset - from
      all += to - from
    }
    const part = all === 0 ? 1 : done / all
    const rate = Math.round(this.#records / Math.max(0.001, (nowMs - this.#startMs) / 1000))
    this.#output.write(
      `\rrestoring ${bar(part)} ${Math.floor(part * 100)} %, ${this.#running.size} partitions left, ${this.#records} records, ${rate}/s `,
    )
  }
}

/** All of `listeners` as one. */
export function eachListener(listeners: readonly RestoreListener[]): RestoreListener {
  return {
    restoreStart: (restore) => listeners.forEach((listener) => listener.restoreStart(restore)),
    restoreBatch: (batch) => listeners.forEach((listener) => listener.restoreBatch?.(batch)),
    restoreEnd: (restore) => listeners.forEach((listener) => listener.restoreEnd(restore)),
    restoreSuspended: (restore) => listeners.forEach((listener) => listener.restoreSuspended?.(restore)),
    standbyStart: (standby) => listeners.forEach((listener) => listener.standbyStart?.(standby)),
    standbyBatch: (batch) => listeners.forEach((listener) => listener.standbyBatch?.(batch)),
    standbyEnd: (standby) => listeners.forEach((listener) => listener.standbyEnd?.(standby)),
  }
}

function keyOf({ store, topic, partition }: RestoredPartition): string {
  return `${store} ${topic} ${partition}`
}

function bar(part: number): string {
  const full = Math.floor(part * BAR_WIDTH)
  return `[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}]`
}
