import type { Clock, Logger } from '../base/environment.ts'
import type { RecordContext } from '../record/record-context.ts'
import type { ChangelogWriter } from './changelog-writer.ts'
import type { EngineFactory } from './engines/engine.ts'
import type { StoreDefinition } from './store-definition.ts'
import type { StoreExpectation } from './store-meta.ts'
import type { ThreadCache } from './thread-cache.ts'

/** What a task gives to its state when it opens it. */
export interface TaskStateOptions {
  readonly applicationId: string
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string
  /** In topological order: caches are flushed in this order. */
  readonly stores: readonly StoreDefinition[]
  readonly engines: EngineFactory
  /** The task's own record context: the time and headers of changelog records are taken from it. */
  readonly recordContext: Readonly<RecordContext>
  /** Where the changes of a store go; `null` = nowhere: logging is off, or a source topic is the changelog. */
  readonly changelogOf: (store: StoreDefinition) => ChangelogWriter | null
  /** What the rows of a store must match to be kept when they are opened. */
  readonly expectationOf: (store: StoreDefinition) => StoreExpectation
  /** The cache of the thread; `null` = no store is cached, whatever its definition says. */
  readonly cache: ThreadCache | null
  /** Told of a row that a store drops because its window is older than the retention. Default: nobody is told. */
  readonly dropped?: ((store: string, reason: string) => void) | undefined
  /**
   * Whether inputs may be processed again whose changes are in the changelogs already (at-least-once). The time of an operator is then not
   * taken from restored records: it could be ahead of the inputs, which would be dropped as too late. Default false.
   */
  readonly replaysInputs?: boolean | undefined
  /** Whether a store without a changelog of its own can be made again all the same. Its rows are not forced to the disk then. Default: it cannot. */
  readonly isRestorable?: ((store: StoreDefinition) => boolean) | undefined
  /** Whether the records of changelogs have the position of their store as headers (`__iq.consistency.offset.vector.enabled__`). Default false. */
  readonly hasVectors?: boolean | undefined
  readonly clock: Clock
  readonly logger: Logger
}
