import type { Environment, Scheduler, Timer } from '../../base/environment.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import { parseTaskId } from '../../protocol/task-id.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { createEngines, IN_TASK_DIRECTORIES } from './create-engines.ts'
import { KeptTasks, type StoredMeta } from './kept-tasks.ts'
import { StateDirectory } from './state-directory.ts'
import { chooseEngines, type StoreEngines } from './store-engines.ts'

/** What the state of an instance is opened with. */
export interface InstanceStateParts {
  readonly environment: Environment
  readonly topology: PhysicalTopology
  readonly config: Pick<ResolvedConfig, 'applicationId' | 'state'>
  readonly processId: string
  /** Its stream threads are workers, which have engines of their own: those here look at what is kept. Default false. */
  readonly hasWorkers?: boolean | undefined
}

/** To look at what is kept takes little memory. */
const LOOKING_PART = 64

/** Engines that have a directory of their own, and are known without being used. */
const IN_OWN_DIRECTORY = 'rocksdb'

/** Where an instance keeps its stores: the engines, the directory with its lock, and what becomes of state that nobody needs. */
export class InstanceState {
  /** With the tasks' coming and going noted. */
  readonly engines: EngineFactory
  readonly #kept: KeptTasks
  readonly #directory: StateDirectory | null
  #cleaning: Timer | null = null

  private constructor(engines: EngineFactory, parts: InstanceStateParts, directory: StateDirectory | null) {
    const { environment, topology } = parts
    this.#kept = new KeptTasks({ engines, topology, clock: environment.clock, logger: environment.logger })
    this.engines = this.#kept
    this.#directory = directory
  }

  /**
   * Locks the state directory, if there is a store to be kept in it, and loads the engines. Throws `TaskError` `STATE_DIRECTORY_LOCKED`,
   * `TopologyError` `STORE_OPTION`, and what an engine or the disk throws.
   */
  static async open(parts: InstanceStateParts): Promise<InstanceState> {
    const { config, environment, topology } = parts
    const chosen = chooseEngines(topology, config.state.engine)
    const { applicationId } = config
    const directory = chosen.arePersistent
      ? await StateDirectory.open({ applicationId, directory: config.state.directory }, environment)
      : null
    try {
      if (directory !== null) await prepare(directory, chosen, parts)
      const engines = await createEngines(parts.hasWorkers === true ? onlyPersistent(chosen) : chosen, {
        environment,
        directory: directory?.path ?? '',
        memoryBytesMax: config.state.memoryBytesMax / (parts.hasWorkers === true ? LOOKING_PART : 1),
      })
      const state = new InstanceState(engines, parts, directory)
      if (config.state.directoryMaxAgeMs !== Infinity) state.#kept.removeOlderThan(config.state.directoryMaxAgeMs)
      return state
    } catch (error) {
      await directory?.close()
      throw error
    }
  }

  /** Absolute; empty: there is nothing to be kept. */
  get path(): string {
    return this.#directory?.path ?? ''
  }

  /** A thread that is a worker opens the task. */
  noteOpened(taskId: string): void {
    this.#kept.noteOpened(taskId)
  }

  /** It has closed it, which is as `metas` say; `null`: it has not opened it after all. */
  noteClosed(taskId: string, metas: readonly StoredMeta[] | null): void {
    if (this.#directory !== null) this.#kept.noteClosed(taskId, metas)
  }

  /** How far the tasks are that are kept here and not open. */
  offsetSums(clusterId: string | null): TaskOffsetSum[] {
    return this.#kept.offsetSums(clusterId)
  }

  /** From now on what is kept of tasks that do not run here is removed after a while. `mayClean`: asked each time. */
  startCleaning(delayMs: number, scheduler: Scheduler, mayClean: () => boolean): void {
    if (this.#directory === null) return
    // Looked for every so often, as in Kafka Streams, whose delay of 0 keeps a processor busy.
    this.#cleaning = scheduler.after(Math.max(delayMs, 1_000), () => {
      if (mayClean()) this.#kept.removeUnused(delayMs)
      this.startCleaning(delayMs, scheduler, mayClean)
    })
  }

  /** Closes the engines and unlocks the directory. */
  async close(): Promise<void> {
    this.#cleaning?.cancel()
    try {
      this.engines.close()
    } finally {
      await this.#directory?.close()
    }
  }
}

/** Removes all that an application keeps on this machine: tasks and global stores, not the id of the process. Throws `STATE_DIRECTORY_LOCKED`. */
export async function removeState(
  { applicationId, state }: Pick<ResolvedConfig, 'applicationId' | 'state'>,
  environment: Environment,
): Promise<void> {
  for (const directory of await StateDirectory.openAll({ applicationId, directory: state.directory }, environment)) {
    try {
      for (const entry of directory.entries()) directory.remove(entry)
    } finally {
      await directory.close()
    }
  }
}

/** Writes down whose the directory is, warns of one that may vanish, and removes what is of engines that are not used any more. */
async function prepare(
  directory: StateDirectory,
  { engines }: StoreEngines,
  { config, environment, processId }: InstanceStateParts,
): Promise<void> {
  const { logger, temporaryDirectory } = environment
  if (config.state.directory !== null) await directory.keepProcessId(processId, environment)
  if (directory.path.startsWith(`${temporaryDirectory}/`)) {
    logger.warn(
      { path: directory.path },
      `State is kept in "${directory.path}", in the directory for temporary files, which the system may empty: set stateDir`,
    )
  }
  const used = new Set(engines.map(({ kind }) => kind))
  const leftOver = directory.entries().filter((entry) => !used.has(engineOf(entry) ?? entry) && engineOf(entry) !== null)
  for (const entry of leftOver) {
    logger.warn(
      { entry },
      `"${entry}" of the state directory is removed: it is of the engine "${engineOf(entry)}", which no store is on any more`,
    )
    directory.remove(entry)
  }
}

/** The engine of an entry of the state directory; `null` where that is not known. */
function engineOf(entry: string): string | null {
  if (parseTaskId(entry) !== undefined || /^global(-\d+)?$/.test(entry)) return IN_TASK_DIRECTORIES
  return entry === IN_OWN_DIRECTORY ? IN_OWN_DIRECTORY : null
}

function onlyPersistent({ engines, ...chosen }: StoreEngines): StoreEngines {
  return { ...chosen, engines: engines.filter(({ isPersistent }) => isPersistent) }
}
