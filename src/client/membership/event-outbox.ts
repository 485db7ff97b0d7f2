import type { MillraceError } from '../../base/errors.ts'
import type { MembershipEvent } from './membership.ts'

/** What a membership has to tell its thread besides the steps of a reconciliation, and the signal that there is something. */
export class EventOutbox {
  /** Called when there is something to give; at most once between two polls. */
  onEvent: (() => void) | null = null
  readonly #pending: MembershipEvent[] = []
  #isLostDue = false
  #hasFailed = false
  #isSignalled = false

  /** Whether the thread has not been told yet that its tasks are lost. */
  get isLostDue(): boolean {
    return this.#isLostDue
  }

  /** What the thread must hear next, or null. From now on a signal is given again. */
  next(): MembershipEvent | null {
    this.#isSignalled = false
    const event = this.#pending.shift()
    if (event !== undefined) return event
    if (!this.#isLostDue) return null
    this.#isLostDue = false
    return { kind: 'lost' }
  }

  give(event: MembershipEvent): void {
    this.#pending.push(event)
    this.signal()
  }

  /** Before everything else, and once. */
  giveFailure(error: MillraceError): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#pending.unshift({ kind: 'failed', error })
    this.signal()
  }

  giveLost(): void {
    this.#isLostDue = true
    this.signal()
  }

  /** The loss need not be told any more. */
  forgetLost(): void {
    this.#isLostDue = false
  }

  /** Nothing more is told. */
  clear(): void {
    this.#pending.length = 0
    this.#isLostDue = false
  }

  signal(): void {
    if (this.#isSignalled) return
    this.#isSignalled = true
    this.onEvent?.()
  }
}
