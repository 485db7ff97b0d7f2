import { styleText } from 'node:util'

/** Where the example stands. */
export interface Progress {
  /** Input lines whose processing is committed. */
  readonly done: number
  readonly total: number
  readonly recordsPerSecond: number
  /** Name and state of each instance. */
  readonly instances: readonly (readonly [name: string, state: string])[]
}

/** Shows what happens: one line that is drawn again and again on a terminal, plain lines now and then when piped. */
export class Screen {
  readonly #out: NodeJS.WriteStream
  #isDrawn = false
  #lastPlainMs = -Infinity

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** A line that stays. */
  say(line: string): void {
    this.#erase()
    this.#out.write(`${line}\n`)
  }

  progress(progress: Progress, nowMs: number): void {
    const states = progress.instances.map(([name, state]) => `${name} ${this.#out.isTTY ? coloured(state) : state}`).join('  ')
    const percent = `${Math.floor((100 * progress.done) / Math.max(progress.total, 1))}%`.padStart(4)
    const rate = `${Math.round(progress.recordsPerSecond).toLocaleString('en')} lines/s`
    if (!this.#out.isTTY) {
      if (nowMs - this.#lastPlainMs < 1_000) return
      this.#lastPlainMs = nowMs
      this.#out.write(`${percent}  ${rate}  ${states}\n`)
      return
    }
    this.#erase()
    const filled = Math.round((30 * progress.done) / Math.max(progress.total, 1))
    this.#out.write(`${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${percent}  ${rate.padEnd(18)} ${states}`)
    this.#isDrawn = true
  }

  /** The most frequent words as a table with bars. */
  table(rows: readonly (readonly [word: string, count: number])[]): void {
    const width = Math.max(...rows.map(([word]) => word.length), 4)
    const most = Math.max(...rows.map(([, count]) => count), 1)
    this.say('')
    for (const [index, [word, count]] of rows.entries()) {
      const bar = '▇'.repeat(Math.max(1, Math.round((24 * count) / most)))
      const shown = this.#out.isTTY ? styleText('cyan', bar) : bar
      this.say(`${String(index + 1).padStart(4)}  ${word.padEnd(width)}  ${count.toLocaleString('en').padStart(9)}  ${shown}`)
    }
    this.say('')
  }

  #erase(): void {
    if (this.#isDrawn) this.#out.write('\r\u001b[2K')
    this.#isDrawn = false
  }
}

function coloured(state: string): string {
  if (state === 'RUNNING') return styleText('green', state)
  return styleText(state === 'killed' ? 'red' : 'yellow', state)
}
