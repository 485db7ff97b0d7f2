import type { EndpointPartitions } from '../../client/membership/membership.ts'
import type { MetricsRegistry } from '../../metrics/registry.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import type { RestoreListener } from '../restore/restore-listener.ts'
import type { ProcessingMark } from '../task/processing-mark.ts'
import type { MemberParts, MembershipParts, OpenMembership } from './membership-parts.ts'
import type { ThreadState } from './thread-state.ts'

/** What a stream thread is made of. */
export interface ThreadParts extends MemberParts {
  readonly engines: EngineFactory
  readonly metrics: MetricsRegistry
  readonly threadId: string
  /** `<application.id>-<process id>-<thread index>` (N§3.1). */
  readonly transactionalId: string
  /** A global store of the instance as processors see it; `undefined` if there is none of that name. */
  readonly globalStore: (name: string) => unknown
  readonly isPaused: () => boolean
  readonly onStateChange: (state: ThreadState) => void
  /** Called when an error ends the thread, before it closes: whether it shall ask the whole application to shut down. */
  readonly onFailure: (error: Error) => boolean | Promise<boolean>
  /** A member of the group asked the whole application to shut down. */
  readonly onShutdownRequest: () => void
  readonly restoreListener: RestoreListener
  /** How far the tasks are that are kept on this machine and that no thread has open. */
  readonly keptTasks: () => readonly TaskOffsetSum[]
  /** The group has said anew which instances read what. */
  readonly onInstances: (instances: readonly EndpointPartitions[]) => void
  /** Only of a thread that is a worker. */
  readonly worker?: WorkerParts | undefined
}

/** What is different for a stream thread that is a worker: others of the instance run beside it. */
export interface WorkerParts {
  /** Its membership is kept by the main thread. */
  readonly openMembership: (parts: MembershipParts) => OpenMembership
  /** Resolves when the task is this thread's: no other one of the instance has its stores open. */
  readonly takeTask: (taskId: string) => Promise<void>
  /** What `takeTask` was called for is done: the stores are open, or will not be opened. */
  readonly tookTask: (taskId: string) => void
  /** Told when other tasks are open, or in another state. */
  readonly onTasks: (tasks: readonly PlacedTask[]) => void
  readonly mark: ProcessingMark
}

/** A task that a thread has open. */
export interface PlacedTask {
  readonly taskId: string
  readonly state: 'running' | 'restoring' | 'standby'
}
