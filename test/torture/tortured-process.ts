import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { JobKind } from './jobs.ts'

/** What a tortured application is told. */
export interface TorturedSettings {
  readonly job: JobKind
  readonly applicationId: string
  readonly bootstrapServers: string
  readonly guarantee: 'exactly_once_v2' | 'at_least_once'
  /** Where it keeps its stores, through its deaths. */
  readonly stateDir: string
  /** A known bug of the simulation that it has; `null`: none. */
  readonly mutant: string | null
}

const LOG_BYTES_MAX = 1_000_000

/** One instance of the application, a process of its own. */
export class TorturedProcess {
  readonly #settings: TorturedSettings
  readonly #killAtExit: () => void
  #child: ChildProcess
  #isToEnd = false
  #log = ''
  #died: string | null = null

  constructor(settings: TorturedSettings) {
    this.#settings = settings
    this.#child = this.#spawn()
    this.#killAtExit = () => void this.#child.kill('SIGKILL')
    process.once('exit', this.#killAtExit)
  }

  /** How it ended although nobody told it to; `null`: it did not. */
  get died(): string | null {
    return this.#died
  }

  /** The last of what it has written. */
  get log(): string {
    return this.#log
  }

  /** Kills it without warning and starts it again. */
  async killAndRestart(): Promise<void> {
    await this.#end('SIGKILL')
    this.#isToEnd = false
    this.#child = this.#spawn()
  }

  /** Stops it where it is, as a machine that hangs. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  /** Lets it go on, as if nothing had happened. */
  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Asks it to close. Says whether it did so by itself within a minute. */
  async close(): Promise<boolean> {
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 60_000)
    await this.#end('SIGTERM')
    clearTimeout(hard)
    process.off('exit', this.#killAtExit)
    return this.#child.exitCode === 0
  }

  /** Ends it for good. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
    process.off('exit', this.#killAtExit)
  }

  #spawn(): ChildProcess {
    const script = fileURLToPath(new URL('./application.ts', import.meta.url))
    const child = spawn(process.execPath, ['--conditions=ours-src', script, JSON.stringify(this.#settings)], {
      // It ends when its input does: with us, however we end.
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => this.#note(text))
    child.on('exit', (code, signal) => {
      if (!this.#isToEnd) this.#died = `an instance ended by itself with ${code ?? signal}`
    })
    return child
  }

  #note(text: string): void {
    this.#log = (this.#log + text).slice(-LOG_BYTES_MAX)
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#isToEnd = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill(signal)
    await ended
  }
}
