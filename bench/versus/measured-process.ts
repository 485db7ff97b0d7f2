import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Command, commandOf, type Side } from './sides.ts'
import { cpuMsOfProcess, peakMiBOfProcess, residentMiBOfProcess } from '../process-statistics.ts'

/** Something that an application has said. */
export interface Saying {
  /** On the wall, and of the CPU, in milliseconds. */
  readonly atMs: number
  readonly cpuMs: number
  /** Its words: `state RUNNING`, `restore-end store 3000000`. */
  readonly words: readonly string[]
}

/** Arguments of an application. */
export type ApplicationOptions = Readonly<Record<string, string | number>>

/** How an application is started that is none of the two sides. */
export interface NamedCommand extends Command {
  readonly name: string
}

const PATIENCE_MS = 900_000
const LOG_CHARACTERS_MAX = 100_000

/** An application of either side, as a process of its own whose CPU time and memory are measured. It ends with this process. */
export class MeasuredProcess implements AsyncDisposable {
  readonly #name: string
  /** When it was started, on the wall. */
  readonly bornMs: number
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<unknown>
  readonly #killAtExit: () => void
  readonly #sayings: Saying[] = []
  #unread = ''
  #log = ''
  #wake: () => void = () => undefined

  /** `program`: the application of a side, or how another one is started. */
  constructor(program: Side | NamedCommand, options: ApplicationOptions) {
    const { name, program: file, args } = typeof program === 'string' ? { name: program, ...commandOf(program) } : program
    this.#name = name
    this.bornMs = Date.now()
    this.#child = spawn(file, [...args, ...Object.entries(options).map(([name, value]) => `${name}=${value}`)])
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#log = (this.#log + text).slice(-LOG_CHARACTERS_MAX)))
    // A program that has ended reads no more.
    this.#child.stdin.on('error', () => undefined)
    this.#ended = once(this.#child, 'close').then(() => this.#wake())
    this.#killAtExit = () => void this.#child.kill('SIGKILL')
    process.once('exit', this.#killAtExit)
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The first thing that it says, or has said, beginning with these words. Throws if it ends or is silent for too long. */
  async hear(...words: readonly string[]): Promise<Saying> {
    const deadlineMs = performance.now() + PATIENCE_MS
    for (;;) {
      const found = this.heard(...words)
      if (found !== null) return found
      const { exitCode, signalCode } = this.#child
      if (exitCode !== null || signalCode !== null) throw this.#problem(`it ended with ${exitCode ?? signalCode}`, words)
      if (performance.now() > deadlineMs) throw this.#problem(`it has not said so for ${PATIENCE_MS} ms`, words)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** The first thing that it has said beginning with these words; `null`: nothing. */
  heard(...words: readonly string[]): Saying | null {
    return this.#sayings.find((saying) => words.every((word, index) => saying.words[index] === word)) ?? null
  }

  /** Gives it an order, which is a line. */
  order(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** The most memory that it has had so far, in MiB. */
  peakMiB(): number {
    return peakMiBOfProcess(this.pid)
  }

  /** The memory that it has now, in MiB. */
  residentMiB(): number {
    return residentMiBOfProcess(this.pid)
  }

  /** The CPU time that it has had so far, all threads, in milliseconds. */
  cpuMs(): number {
    return cpuMsOfProcess(this.pid)
  }

  /** Lets it close and end. */
  async close(): Promise<Saying> {
    this.order('close')
    this.#child.stdin.end()
    const closed = await this.hear('closed')
    await this.#ended
    process.off('exit', this.#killAtExit)
    return closed
  }

  /** Ends it without warning; nothing happens if it has ended. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    process.off('exit', this.#killAtExit)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }

  #take(text: string): void {
    const lines = (this.#unread + text).split('\n')
    this.#unread = lines.pop()!
    for (const line of lines) {
      const [atMs, cpuMs, ...words] = line.split(' ')
      if (Number.isFinite(Number(atMs)) && Number.isFinite(Number(cpuMs))) {
        this.#sayings.push({ atMs: Number(atMs), cpuMs: Number(cpuMs), words })
      } else this.#log = (this.#log + line + '\n').slice(-LOG_CHARACTERS_MAX)
    }
    this.#wake()
  }

  #problem(what: string, words: readonly string[]): Error {
    const said = this.#sayings.map((saying) => saying.words.join(' ')).join('\n')
    return new Error(`Waited in vain for "${words.join(' ')}" of the application of ${this.#name}: ${what}\n${said}\n${this.#log}`)
  }
}
