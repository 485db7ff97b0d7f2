import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ModeRun } from './mode.ts'
import type { PeerName } from './peers/peers.ts'
import type { Side } from './sides.ts'

/** Who ran: a side, the parts of ours alone, or what users of other languages would take. */
export type Contender = Side | 'ceiling' | PeerName

/** A run that is finished. */
export interface VersusResult extends ModeRun {
  readonly mode: string
  readonly side: Contender
  /** The runs of both sides with the same number followed each other. */
  readonly repetition: number
  /** Of how much was done: results of another factor are others. */
  readonly factor: number
  /** The broker's share, in seconds of CPU. */
  readonly brokerCpuSeconds: number
  readonly machine: string
  readonly at: string
}

/** Finished runs, one line of JSON each, in a file that outlives the process. */
export class Results {
  readonly #file: string
  readonly #all: VersusResult[]

  /** Goes on with the file, or begins it anew. */
  constructor(file: string, isResumed: boolean) {
    this.#file = file
    mkdirSync(dirname(file), { recursive: true })
    if (!isResumed || !existsSync(file)) writeFileSync(file, '')
    this.#all = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as VersusResult)
  }

  add(result: VersusResult): void {
    this.#all.push(result)
    appendFileSync(this.#file, `${JSON.stringify(result)}\n`)
  }

  /** The runs of a mode and a side, in their order. */
  of(mode: string, side: Contender, factor: number): readonly VersusResult[] {
    return this.#all.filter((result) => result.mode === mode && result.side === side && result.factor === factor)
  }
}
