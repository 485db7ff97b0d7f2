import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { CrashSettings, Order, Report } from './reports.ts'

/** A process begins to work sooner if it need not compile what the one before it has compiled. */
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/millrace/compiled', import.meta.url))

const LOG_BYTES_MAX = 100_000
/** Longer than anything takes that is not wrong. */
const PATIENCE_MS = 60_000

/** One life of a process: from its start to the moment in which it is killed, or has closed as it was told to. */
export class CrashedProcess {
  readonly #child: ChildProcess
  readonly #killAtExit: () => void
  readonly #reports: Report[] = []
  readonly #said = new Map<Report['kind'], number>()
  readonly #waiting = new Set<() => void>()
  readonly #ended: Promise<unknown>
  #wake: () => void = () => undefined
  #isKilled = false
  #log = ''

  constructor(settings: CrashSettings) {
    const script = fileURLToPath(new URL('./worker.ts', import.meta.url))
    this.#child = spawn(process.execPath, ['--conditions=ours-src', script, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#log = (this.#log + text).slice(-LOG_BYTES_MAX)))
    }
    this.#child.on('message', (report: Report) => {
      this.#reports.push(report)
      this.#said.set(report.kind, (this.#said.get(report.kind) ?? 0) + 1)
      this.#wake()
      for (const look of this.#waiting) look()
    })
    // What it said before its death is said.
    this.#ended = once(this.#child, 'close').then(() => {
      this.#wake()
      for (const look of this.#waiting) look()
    })
    this.#killAtExit = () => void this.#child.kill('SIGKILL')
    process.once('exit', this.#killAtExit)
  }

  /** What it has written to its outputs. */
  get log(): string {
    return this.#log
  }

  /** The next thing that it says; `null`: it was killed. Throws if it ends by itself, or says nothing for too long. */
  async next(): Promise<Report | null> {
    const deadlineMs = performance.now() + PATIENCE_MS
    while (this.#reports.length === 0) {
      const { exitCode, signalCode } = this.#child
      if (exitCode !== null || signalCode !== null) {
        await this.#ended
        if (this.#reports.length > 0) break
        if (this.#isKilled) return null
        throw new Error(`the process ended by itself with ${exitCode ?? signalCode}\n${this.#log}`)
      }
      if (performance.now() > deadlineMs) throw new Error(`the process has said nothing for ${PATIENCE_MS} ms\n${this.#log}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return this.#reports.shift()!
  }

  /** Resolves when it has said something of this kind so often, or is gone. */
  whenSaid(kind: Report['kind'], times: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const { exitCode, signalCode } = this.#child
        if ((this.#said.get(kind) ?? 0) < times && exitCode === null && signalCode === null) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }

  tell(order: Order): void {
    // It may be dead by now.
    if (this.#child.connected) this.#child.send(order, () => undefined)
  }

  /** Kills it without warning; nothing happens if it has ended. */
  kill(): void {
    this.#isKilled = true
    this.#child.kill('SIGKILL')
  }

  /** Waits until there is nothing left of it. */
  async gone(): Promise<void> {
    await this.#ended
    process.off('exit', this.#killAtExit)
  }
}
