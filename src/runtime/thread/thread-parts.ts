import type { Environment } from '../../base/environment.ts'
import type { Client } from '../../client/client.ts'
import type { EndpointPartitions } from '../../client/membership/membership.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { MetricsRegistry } from '../../metrics/registry.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import type { RestoreListener } from '../restore/restore-listener.ts'
import type { ThreadState } from './thread-state.ts'

/** What a stream thread is made of. */
export interface ThreadParts {
  readonly environment: Environment
  readonly client: Client
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
  readonly engines: EngineFactory
  readonly metrics: MetricsRegistry
  readonly processId: string
  readonly threadId: string
  /** From 1. */
  readonly threadIndex: number
  /** `<application.id>-<process id>-<thread index>` (N§3.1). */
  readonly transactionalId: string
  /** A global store of the instance as processors see it; `undefined` if there is none of that name. */
  readonly globalStore: (name: string) => unknown
  readonly isPaused: () => boolean
  readonly onStateChange: (state: ThreadState) => void
  /** Called when an error ends the thread, before it closes: whether it shall ask the whole application to shut down. */
  readonly onFailure: (error: Error) => boolean
  /** A member of the group asked the whole application to shut down. */
  readonly onShutdownRequest: () => void
  readonly restoreListener: RestoreListener
  /** How far the tasks are that are kept on this machine and that no thread has open. */
  readonly keptTasks: () => readonly TaskOffsetSum[]
  /** The group has said anew which instances read what. */
  readonly onInstances: (instances: readonly EndpointPartitions[]) => void
}
