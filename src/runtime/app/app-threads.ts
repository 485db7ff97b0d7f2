import { TaskError } from '../../base/errors.ts'
import type { Environment } from '../../base/environment.ts'
import type { UncaughtAnswer } from '../../config/streams-config.ts'
import type { MemoryShare } from '../threads/messages.ts'
import type { ThreadState } from '../thread/thread-state.ts'
import { within } from '../thread/within.ts'
import type { AppThread } from './app-thread.ts'

/** What an application's threads are made with. */
export interface AppThreadsParts {
  readonly environment: Environment
  readonly clientId: string
  /** What all of them together may keep in memory. */
  readonly memory: MemoryShare
  /** Whether there are global stores: in Kafka Streams their thread has a part of the cache, too. */
  readonly hasGlobalStores: boolean
  readonly create: (index: number, share: MemoryShare) => AppThread
  /** A thread has ended, by itself. */
  readonly onEnd: (thread: AppThread, error: Error) => void
  /** One thread less: those that are left may be all that was waited for. */
  readonly onFewer: () => void
}

/** What the handler has said of a thread that dies. */
export interface Verdict {
  readonly answer: UncaughtAnswer
  /** The number of the thread that takes its place, if one does. */
  readonly nextIndex: number
}

/** The stream threads of an instance: their numbers, their parts of the memory, and how they come and go, as in Kafka Streams (P§7.3). */
export class AppThreads {
  readonly #parts: AppThreadsParts
  /** In the order in which they were started. */
  #threads: readonly AppThread[] = []
  readonly #verdicts = new Map<AppThread, Verdict>()
  /** Those that are asked to end. */
  readonly #leaving = new Set<AppThread>()

  constructor(parts: AppThreadsParts) {
    this.#parts = parts
  }

  /** All that have not ended. */
  get all(): readonly AppThread[] {
    return this.#threads
  }

  /** All that have not ended and are not about to. */
  get live(): readonly AppThread[] {
    return this.#threads.filter((thread) => !this.#isEnding(thread))
  }

  /** Whether every thread runs, those apart that are about to end while another one runs. */
  get areRunning(): boolean {
    const hasRunning = this.#threads.some(({ state }) => state === 'RUNNING')
    return hasRunning && this.#threads.every((thread) => thread.state === 'RUNNING' || this.#isEnding(thread))
  }

  /** Starts one more; `index`: default the lowest that is free. */
  add(index: number = this.nextIndex()): AppThread {
    const share = this.#share(this.live.length + 1)
    for (const thread of this.#threads) thread.resize(share)
    const thread = this.#parts.create(index, share)
    this.#threads = [...this.#threads, thread]
    void thread.run().then((error) => this.#onEnd(thread, error))
    return thread
  }

  /**
   * Ends the thread that was started first, which leaves the group for good; its id. `null`: there is none. Rejects with `TaskError`
   * `THREAD_REMOVAL_TIMED_OUT`; then its number is not used again before it has ended.
   */
  async remove(timeoutMs: number | undefined): Promise<string | null> {
    const [thread] = this.live
    if (thread === undefined) return null
    const { threadId } = thread
    this.#parts.environment.logger.info({ thread: threadId }, 'a stream thread is removed')
    this.#leaving.add(thread)
    const ended = thread.shutDown(true)
    if (timeoutMs === undefined) await ended
    else await within(this.#parts.environment.scheduler, timeoutMs, ended)
    this.#resize()
    if (!this.#threads.includes(thread)) return threadId
    throw new TaskError('THREAD_REMOVAL_TIMED_OUT', `Cannot wait for stream thread ${threadId}: it has not ended in ${timeoutMs} ms`)
  }

  /** The lowest number that no thread has. */
  nextIndex(): number {
    const used = new Set(this.#threads.map(({ threadIndex }) => threadIndex))
    let index = 1
    while (used.has(index)) index++
    return index
  }

  /** The thread dies. What it is told holds until it has ended. */
  judge(thread: AppThread, answer: UncaughtAnswer): void {
    this.#verdicts.set(thread, { answer, nextIndex: this.nextIndex() })
  }

  /** What the handler has said of a thread. */
  verdictOf(thread: AppThread): Verdict | undefined {
    return this.#verdicts.get(thread)
  }

  async shutDown(leaveGroup: boolean | undefined): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.shutDown(leaveGroup)))
  }

  #isEnding(thread: AppThread): boolean {
    const ending: readonly ThreadState[] = ['PENDING_SHUTDOWN', 'DEAD']
    return this.#leaving.has(thread) || ending.includes(thread.state)
  }

  #onEnd(thread: AppThread, error: Error | null): void {
    this.#threads = this.#threads.filter((other) => other !== thread)
    this.#leaving.delete(thread)
    this.#resize()
    if (error !== null) this.#parts.onEnd(thread, error)
    this.#verdicts.delete(thread)
    this.#parts.onFewer()
  }

  #resize(): void {
    const { live } = this
    for (const thread of live) thread.resize(this.#share(live.length))
  }

  #share(count: number): MemoryShare {
    const { memory, hasGlobalStores } = this.#parts
    const threads = Math.max(count, 1)
    return {
      cacheBytes: Math.floor(memory.cacheBytes / (threads + (hasGlobalStores ? 1 : 0))),
      uncommittedBytes: memory.uncommittedBytes / threads,
      engineBytes: memory.engineBytes / threads,
    }
  }
}
