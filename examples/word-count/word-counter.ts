import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Instance, type RunnableApplication } from '../instance.ts'
import { counts } from './topology.ts'

/** What an instance that is a process is told. */
export interface ProcessTask {
  readonly name: string
  readonly applicationId: string
  readonly bootstrapServers: string
}

/** An instance of the word count, in this process or in one of its own. */
export interface WordCounter {
  readonly name: string
  /** As `KafkaStreams.state`, or `killed`. */
  readonly state: string
  start(): Promise<void>
  /** Ends it without warning. */
  kill(): void
  /** What it has counted. */
  counts(): Promise<readonly (readonly [word: string, count: number])[]>
  close(): Promise<void>
}

/** An instance inside this process, or, with `processes`, one that is a process. */
export function openWordCounter(name: string, application: RunnableApplication, processes: boolean): WordCounter {
  return processes ? new CountingProcess(name, application) : new LocalCounter(new Instance(name, application))
}

class LocalCounter implements WordCounter {
  readonly #instance: Instance

  constructor(instance: Instance) {
    this.#instance = instance
  }

  get name(): string {
    return this.#instance.name
  }

  get state(): string {
    return this.#instance.state
  }

  start(): Promise<void> {
    return this.#instance.start()
  }

  kill(): void {
    this.#instance.kill()
  }

  counts(): ReturnType<WordCounter['counts']> {
    return Promise.resolve([...this.#instance.store(counts).all()])
  }

  close(): Promise<void> {
    return this.#instance.close()
  }
}

/** What a process tells. */
type Told = { readonly state: string } | { readonly counts: readonly (readonly [word: string, count: number])[] }

class CountingProcess implements WordCounter {
  readonly name: string
  readonly #child: ChildProcess
  readonly #running: Promise<void>
  #state = 'CREATED'
  #answer: (counts: readonly (readonly [word: string, count: number])[]) => void = () => undefined

  constructor(name: string, { applicationId, bootstrapServers }: RunnableApplication) {
    this.name = name
    const script = fileURLToPath(new URL('./instance-process.ts', import.meta.url))
    const task: ProcessTask = { name, applicationId, bootstrapServers: bootstrapServers! }
    this.#child = fork(script, [JSON.stringify(task)])
    this.#running = new Promise((resolve, reject) => {
      this.#child.on('message', (told: Told) => {
        if ('counts' in told) return this.#answer(told.counts)
        this.#state = told.state
        if (told.state === 'RUNNING') resolve()
      })
      this.#child.on('exit', (code, signal) => {
        if (this.#state !== 'killed' && this.#state !== 'NOT_RUNNING') reject(new Error(`${name} ended with ${code ?? signal}`))
      })
    })
    // An instance that is killed while it starts never runs, and nobody minds.
    this.#running.catch(() => undefined)
    process.once('exit', () => void this.#child.kill('SIGKILL'))
  }

  get state(): string {
    return this.#state
  }

  start(): Promise<void> {
    return this.#running
  }

  kill(): void {
    this.#state = 'killed'
    this.#child.kill('SIGKILL')
  }

  counts(): ReturnType<WordCounter['counts']> {
    return new Promise((resolve) => {
      this.#answer = resolve
      this.#child.send('counts')
    })
  }

  async close(): Promise<void> {
    if (this.#state === 'killed') return
    const ended = once(this.#child, 'exit')
    this.#child.send('close')
    await ended
  }
}
