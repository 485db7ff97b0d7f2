import type { Environment } from '../../base/environment.ts'
import type { ThreadMetrics } from './thread-metrics.ts'

/** Says in the log what a thread has done, once in `log.summary.interval.ms`; not positive: never (KIP-1049). */
export class LogSummary {
  readonly #environment: Environment
  readonly #intervalMs: number
  #lastMs: number
  #processedRecords = 0
  #commits = 0

  constructor(environment: Environment, intervalMs: number) {
    this.#environment = environment
    this.#intervalMs = intervalMs
    this.#lastMs = environment.clock.monotonic()
  }

  /** Writes what has been done since the last time, if it is due. */
  logWhenDue(threadId: string, metrics: ThreadMetrics): void {
    if (this.#intervalMs <= 0) return
    const nowMs = this.#environment.clock.monotonic()
    if (nowMs - this.#lastMs < this.#intervalMs) return
    const { processedRecords, commits } = metrics
    this.#environment.logger.info(
      {
        thread: threadId,
        processedRecords: processedRecords - this.#processedRecords,
        commits: commits - this.#commits,
        sinceMs: nowMs - this.#lastMs,
      },
      'what the thread has done since the last summary',
    )
    this.#lastMs = nowMs
    this.#processedRecords = processedRecords
    this.#commits = commits
  }
}
