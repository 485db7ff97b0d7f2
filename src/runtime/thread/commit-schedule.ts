import type { Clock } from '../../base/environment.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { ThreadTask } from './thread-task.ts'

/** When a thread commits: by `commit.interval.ms`, when a processor asks for it, and when the overlays have grown too large (P§7.7). */
export class CommitSchedule {
  readonly #intervalMs: number
  #uncommittedBytesMax: number
  #isAsked = false
  readonly #clock: Clock
  #lastMs: number

  constructor(config: ResolvedConfig, clock: Clock) {
    this.#intervalMs = config.commitIntervalMs
    this.#uncommittedBytesMax = config.uncommittedBytesMax
    this.#clock = clock
    this.#lastMs = clock.monotonic()
  }

  isDue(tasks: readonly ThreadTask[]): boolean {
    return this.dueInMs(tasks) <= 0
  }

  /** The next commit does not wait for the interval; from now on the overlays may have `uncommittedBytesMax`. */
  ask(uncommittedBytesMax: number): void {
    this.#uncommittedBytesMax = uncommittedBytesMax
    this.#isAsked = true
  }

  /** Whether a commit cannot wait for the interval. */
  isRequested(tasks: readonly ThreadTask[]): boolean {
    if (this.#isAsked) return true
    let bytes = 0
    for (const task of tasks) {
      if (task.isCommitRequested) return true
      bytes += task.uncommittedBytes
    }
    return bytes > this.#uncommittedBytesMax
  }

  /** Milliseconds until the next commit; 0 or less: now. */
  dueInMs(tasks: readonly ThreadTask[]): number {
    return this.isRequested(tasks) ? 0 : this.#lastMs + this.#intervalMs - this.#clock.monotonic()
  }

  /** A commit, or a return to the last one, has just ended. */
  committed(): void {
    this.#lastMs = this.#clock.monotonic()
    this.#isAsked = false
  }
}
