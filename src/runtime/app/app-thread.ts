import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import type { MemoryShare } from '../threads/messages.ts'
import type { StreamThread } from '../thread/stream-thread.ts'
import type { PlacedTask } from '../thread/thread-parts.ts'
import type { ThreadState } from '../thread/thread-state.ts'
import type { ChangelogProgress } from './store-lags.ts'
import type { StoreView } from './view.ts'

/** A stream thread as its application sees it: on the event loop, or a worker. */
export interface AppThread {
  readonly threadId: string
  /** From 1. */
  readonly threadIndex: number
  readonly state: ThreadState
  /** The topology, with the topics that its patterns were found to match. */
  readonly topology: PhysicalTopology
  /** The tasks that it has open; of a worker as it last said. */
  readonly placed: readonly PlacedTask[]
  /** Runs until `shutDown`, resolving with `null`, or until an error, which it resolves with. */
  run(): Promise<Error | null>
  /** Ends the thread; resolves when it has ended. */
  shutDown(leaveGroup?: boolean): Promise<void>
  /** When the thread ends, it asks the whole application to shut down. */
  askForShutdown(): void
  /** Whether it is to process has changed. */
  pause(isPaused: boolean): void
  /** Changes what it may keep in memory. */
  resize(share: MemoryShare): void
  /** The stores of that name that this thread's event loop has: none of a worker. */
  stores(name: string): readonly StoreView[]
  /** How far its tasks are with their changelogs. */
  changelogs(): Promise<readonly ChangelogProgress[]>
  /** Puts a question to a worker. */
  ask(question: unknown): Promise<unknown>
  /** Ends a worker in the middle of what it does. */
  kill(): void
}

/** A stream thread of this instance, and what it does (Java's `ThreadMetadata`). */
export interface ThreadMetadata {
  /** `<client id>-StreamThread-<n>`. */
  readonly threadName: string
  readonly threadState: ThreadState
  /** Ids of the active tasks that it has open, those that restore included. */
  readonly activeTasks: readonly string[]
  readonly standbyTasks: readonly string[]
}

/** What is told of a thread. */
export function metadataOfThread({ threadId, state, placed }: AppThread): ThreadMetadata {
  const idsOf = (isStandby: boolean): readonly string[] =>
    placed.filter((task) => (task.state === 'standby') === isStandby).map(({ taskId }) => taskId)
  return { threadName: threadId, threadState: state, activeTasks: idsOf(false), standbyTasks: idsOf(true) }
}

/** The stream thread that is the event loop. */
export function eventLoopThread(thread: StreamThread, threadIndex: number): AppThread {
  return {
    threadId: thread.threadId,
    threadIndex,
    get state() {
      return thread.state
    },
    get topology() {
      return thread.topology
    },
    get placed() {
      return thread.tasks
    },
    run: () => thread.run(),
    shutDown: (leaveGroup) => thread.shutDown(leaveGroup),
    askForShutdown: () => thread.askForShutdown(),
    pause: () => thread.wake(),
    resize: ({ cacheBytes, uncommittedBytes }) => thread.resize(cacheBytes, uncommittedBytes),
    stores: (name) => thread.stores(name),
    changelogs: () => Promise.resolve(thread.changelogs()),
    ask: () => Promise.reject(new Error('Cannot ask the thread of the event loop: it is this one')),
    kill: () => undefined,
  }
}
