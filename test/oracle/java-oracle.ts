import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { resolveClassPath } from './maven.ts'
import type { Answer } from './run-scenario.ts'

const sources = fileURLToPath(new URL('./java/', import.meta.url))
const cache = fileURLToPath(new URL('../../node_modules/.cache/millrace/', import.meta.url))

/** The Java side: one JVM that answers scenarios one after the other. Close it. */
export class JavaOracle implements Disposable {
  readonly #java: ChildProcessWithoutNullStreams
  readonly #lines: Interface
  readonly #answers: AsyncIterator<string>
  #errors = ''

  /** `agent`: an option `-javaagent` of the JVM. */
  constructor(agent?: string) {
    const classPath = resolveClassPath()
    const flags = ['-Xshare:auto', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m', `-Djava.io.tmpdir=${stateFolder()}`]
    if (agent !== undefined) flags.push(agent)
    this.#java = spawn('java', [...flags, '-cp', [compiled(classPath), classPath].join(delimiter), 'oracle.Oracle'])
    this.#java.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-10_000)
    })
    this.#lines = createInterface({ input: this.#java.stdout })
    this.#answers = this.#lines[Symbol.asyncIterator]()
  }

  /** What the library says. Rejects when the JVM ends. */
  async run(scenario: unknown): Promise<Answer> {
    this.#java.stdin.write(`${JSON.stringify(scenario)}\n`)
    const { value, done } = await this.#answers.next()
    if (done === true) throw new Error(`Cannot ask Java: its process ended\n${this.#errors}`)
    return JSON.parse(value) as Answer
  }

  /** Ends the JVM when it has written all that it has to: an agent writes at the end. */
  async end(): Promise<void> {
    const ended = once(this.#java, 'exit')
    this.#java.stdin.end()
    await ended
  }

  [Symbol.dispose](): void {
    this.#lines.close()
    this.#java.stdin.end()
    this.#java.kill()
  }
}

/** Where persistent stores are: a file system in memory, if there is one with room. They are opened for each scenario, and synced. */
function stateFolder(): string {
  const inMemory = '/dev/shm'
  if (!existsSync(inMemory)) return tmpdir()
  const { bavail, bsize } = statfsSync(inMemory)
  return bavail * bsize > 2 ** 30 ? inMemory : tmpdir()
}

/** The folder of the compiled classes, which is kept until the sources change. */
function compiled(classPath: string): string {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.java'))
    .toSorted()
    .map((name) => join(sources, name))
  const digest = createHash('sha256').update(classPath)
  for (const file of files) digest.update(readFileSync(file))
  const folder = join(cache, `oracle-${digest.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  const result = spawnSync('javac', ['-cp', classPath, '-d', draft, '-Xlint:none', '-nowarn', ...files], { encoding: 'utf8' })
  if (result.error !== undefined) throw new Error(`Cannot run javac: ${result.error.message}`, { cause: result.error })
  if (result.status !== 0) throw new Error(`Cannot compile the oracle: javac ended with ${result.status}\n${result.stdout}${result.stderr}`)
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another run has compiled the same sources meanwhile.
    if (!existsSync(folder)) throw error
    rmSync(draft, { recursive: true })
  }
  return folder
}
