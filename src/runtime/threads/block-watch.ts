import type { Environment, Timer } from '../../base/environment.ts'
import { PulseCells } from './messages.ts'

/** What a `BlockWatch` looks at. */
export interface BlockWatchParts {
  readonly environment: Environment
  readonly threadId: string
  /** See `PulseCells`. */
  readonly cells: Int32Array
  /** The names of the nodes, in the order of their numbers from 1. */
  readonly nodes: readonly string[]
}

const LOOK_MS = 1_000
/** A thread whose event loop has not run for so long is reported; again each time that has doubled. */
const BLOCKED_MS = 5_000

/**
 * Says in the log when a stream thread that is a worker does not let its event loop run, and which processor is at work meanwhile. The main
 * thread looks; the thread itself cannot say it.
 */
export class BlockWatch {
  readonly #parts: BlockWatchParts
  #timer: Timer | null = null
  #beats = 0
  #sinceMs = 0
  #reportAtMs = BLOCKED_MS
  /** The node that was named last. */
  #processor: string | null = null

  constructor(parts: BlockWatchParts) {
    this.#parts = parts
  }

  /** Begins to look, at a thread that has begun to run. */
  start(): void {
    const { clock } = this.#parts.environment
    this.#sinceMs = clock.monotonic()
    this.#lookLater()
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #lookLater(): void {
    this.#timer = this.#parts.environment.scheduler.after(LOOK_MS, () => {
      this.#look()
      this.#lookLater()
    })
  }

  #look(): void {
    const { cells, environment, nodes, threadId: thread } = this.#parts
    const { clock, logger } = environment
    const nowMs = clock.monotonic()
    const beats = Atomics.load(cells, PulseCells.beats)
    const forMs = Math.round(nowMs - this.#sinceMs)
    if (beats !== this.#beats) {
      if (this.#reportAtMs > BLOCKED_MS) {
        logger.warn(
          { thread, processor: this.#processor, forMs },
          `Stream thread ${thread} runs again: it was blocked for about ${forMs} ms`,
        )
      }
      this.#beats = beats
      this.#sinceMs = nowMs
      this.#reportAtMs = BLOCKED_MS
      return
    }
    // The first beat is given when the thread has loaded its modules.
    if (beats === 0 || forMs < this.#reportAtMs) return
    this.#reportAtMs = forMs * 2
    this.#processor = nodes[Atomics.load(cells, PulseCells.node) - 1] ?? null
    const where = this.#processor === null ? '' : ` in processor "${this.#processor}"`
    logger.warn(
      { thread, processor: this.#processor, forMs },
      `Stream thread ${thread} has been blocked${where} for ${forMs} ms: nothing else of it runs until that returns; its membership goes on for maxPollIntervalMs`,
    )
  }
}
