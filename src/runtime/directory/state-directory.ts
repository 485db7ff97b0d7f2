import type { Disk } from '../../base/disk.ts'
import type { Environment, FileLock } from '../../base/environment.ts'
import { TaskError } from '../../base/errors.ts'
import { usable, usableLater } from './usable-directory.ts'

/** What names the directory of an instance. */
export interface StateDirectoryOptions {
  readonly applicationId: string
  /** `state.dir`; `null`: the default, of which each instance on a machine has one of its own. */
  readonly directory: string | null
}

/** As in Kafka Streams: the file has the id of the process, which so outlives it. */
const PROCESS_FILE = 'kafka-streams-process-metadata'
const LOCK_FILE = '.lock'

/** So many instances of an application may use the default directory of a machine. */
const DEFAULTS_MAX = 100

/** The path of the state directory of an application that was configured: `<state.dir>/<application.id>`. */
export function stateDirectoryPath(directory: string, applicationId: string): string {
  return `${directory}/${applicationId}`
}

/** By default the first instance on a machine has `<temporary directory>/millrace/<application.id>`, the second the same with `.2`, and so on. */
function defaultPath(applicationId: string, { temporaryDirectory }: Environment, number: number): string {
  return `${stateDirectoryPath(`${temporaryDirectory}/millrace`, applicationId)}${number === 1 ? '' : `.${number}`}`
}

/** The id of the process that had the directory last; `null` if there was none. Throws what the disk throws. */
export function readProcessId(disk: Disk, path: string): string | null {
  const file = disk.openToRead(`${path}/${PROCESS_FILE}`)
  if (file === null) return null
  try {
    const content = Buffer.alloc(file.size)
    file.read(content, 0)
    const { processId } = JSON.parse(content.toString()) as { processId?: unknown }
    return typeof processId === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(processId) ? processId : null
  } catch (error) {
    // A file that is damaged is as none: the instance gets a new id.
    if (error instanceof SyntaxError) return null
    throw error
  } finally {
    file.close()
  }
}

/**
 * The directory in which an instance keeps its state (P§6.10), locked as long as the instance runs:
 * ```
 *   <state.dir>/<application.id>/.lock
 *                               /kafka-streams-process-metadata   {"processId":"<uuid>"}
 *                               /<sub-topology>_<partition>/      a task on the engine lsm
 *                               /global/                          the global stores on it; /global-<number of the thread>/ where threads are workers
 *                               /<engine>/                        of another engine, as it likes
 * ```
 */
export class StateDirectory {
  readonly path: string
  readonly #disk: Disk
  readonly #lock: FileLock

  private constructor(path: string, disk: Disk, lock: FileLock) {
    this.path = path
    this.#disk = disk
    this.#lock = lock
  }

  /**
   * Locks the directory, which is made if it is not there; the first of the default ones that is free. Throws `TaskError`
   * `STATE_DIRECTORY_LOCKED` when another instance has it, `ConfigError` `STATE_DIRECTORY_UNUSABLE` when the system refuses it.
   */
  static async open({ applicationId, directory }: StateDirectoryOptions, environment: Environment): Promise<StateDirectory> {
    if (directory !== null) {
      const path = stateDirectoryPath(directory, applicationId)
      return (await StateDirectory.#lockAt(path, environment)) ?? refuse(path, applicationId)
    }
    for (let number = 1; number <= DEFAULTS_MAX; number++) {
      const found = await StateDirectory.#lockAt(defaultPath(applicationId, environment, number), environment)
      if (found !== null) return found
    }
    return refuse(defaultPath(applicationId, environment, DEFAULTS_MAX), applicationId)
  }

  /** As `open`, of all directories that the application has here; of the default ones those that are free. */
  static async openAll({ applicationId, directory }: StateDirectoryOptions, environment: Environment): Promise<StateDirectory[]> {
    if (directory !== null) return [await StateDirectory.open({ applicationId, directory }, environment)]
    const found: StateDirectory[] = []
    for (let number = 1; number <= DEFAULTS_MAX; number++) {
      const path = defaultPath(applicationId, environment, number)
      if (usable(path, 'read', () => environment.disk.list(path)).length === 0) break
      const free = await StateDirectory.#lockAt(path, environment)
      if (free !== null) found.push(free)
    }
    return found
  }

  static async #lockAt(path: string, { files, disk }: Environment): Promise<StateDirectory | null> {
    const lock = await usableLater(path, 'lock', () => files.lock(`${path}/${LOCK_FILE}`))
    return lock === null ? null : new StateDirectory(path, disk, lock)
  }

  /** Makes `processId` that of the directory. */
  async keepProcessId(processId: string, { files }: Environment): Promise<void> {
    await usableLater(this.path, 'write to', async () => {
      if (readProcessId(this.#disk, this.path) === processId) return
      await files.write(`${this.path}/${PROCESS_FILE}`, Buffer.from(JSON.stringify({ processId })))
    })
  }

  /** The names of what engines keep here. */
  entries(): readonly string[] {
    return usable(this.path, 'read', () => this.#disk.list(this.path)).filter((name) => !name.startsWith('.') && name !== PROCESS_FILE)
  }

  /** Removes an entry with all that is in it. */
  remove(entry: string): void {
    usable(this.path, 'remove what is in', () => this.#disk.remove(`${this.path}/${entry}`))
  }

  /** Gives the lock back. */
  async close(): Promise<void> {
    await this.#lock.release()
  }
}

function refuse(path: string, applicationId: string): never {
  throw new TaskError(
    'STATE_DIRECTORY_LOCKED',
    `Cannot open state directory "${path}": another instance of "${applicationId}" uses it, each instance on a machine needs a stateDir of its own`,
  )
}
