import { TaskError } from '../../base/errors.ts'

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Who waits until an instance runs, and who until it has ended. */
export class LifeWaiters {
  readonly #starters: Waiter[] = []
  readonly #enders: Waiter[] = []

  /** Resolves with `running`, rejects with what has ended the instance before. */
  untilRunning(): Promise<void> {
    return new Promise((resolve, reject) => this.#starters.push({ resolve, reject }))
  }

  /** Resolves with `closed`, rejects with the error that has ended the instance. */
  untilEnded(): Promise<void> {
    return new Promise((resolve, reject) => this.#enders.push({ resolve, reject }))
  }

  running(): void {
    settle(this.#starters, (waiter) => waiter.resolve())
  }

  /** The instance was closed. Who waits until it runs is told `CLOSED_BEFORE_RUNNING`. */
  closed(): void {
    const error = new TaskError('CLOSED_BEFORE_RUNNING', 'Cannot finish starting the application: it was closed before it was RUNNING')
    settle(this.#starters, (waiter) => waiter.reject(error))
    settle(this.#enders, (waiter) => waiter.resolve())
  }

  /** The instance has ended because of `error`. Whether anybody hears of it so. */
  failed(error: Error): boolean {
    const isAwaited = this.#starters.length + this.#enders.length > 0
    settle(this.#starters, (waiter) => waiter.reject(error))
    settle(this.#enders, (waiter) => waiter.reject(error))
    return isAwaited
  }
}

function settle(waiters: Waiter[], how: (waiter: Waiter) => void): void {
  for (const waiter of waiters.splice(0)) how(waiter)
}
