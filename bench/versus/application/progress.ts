import { say } from './say.ts'

/** Counts what the application does in steps, and tells when the first one, half of them and all of them are done. Progress.java is its twin. */
export class Progress {
  /** Steps that are done. */
  done = 0
  readonly #half: number
  readonly #all: number
  #next = 1

  /** `all`: how many steps there are; 0: nothing is told. */
  constructor(all: number) {
    this.#half = Math.floor(all / 2)
    this.#all = all
    if (all === 0) this.#next = -1
  }

  step(): void {
    if (++this.done === this.#next) this.#tell()
  }

  #tell(): void {
    if (this.done === 1) say('first')
    if (this.done === this.#half) say('half')
    if (this.done === this.#all) say('all')
    this.#next = this.done < this.#half ? this.#half : this.#all
  }
}
