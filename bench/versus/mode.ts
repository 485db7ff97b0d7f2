import type { DataSet } from './data/data-set.ts'
import type { Ground } from './ground.ts'
import type { Side } from './sides.ts'
import type { VersusScale } from './versus-scale.ts'

/** What was measured in one run; what the names mean, and in what they are counted, is in their ends: `cpuSecondsPerMillion`, `peakMiB`. */
export type Figures = Readonly<Record<string, number>>

/** One run of one side. */
export interface ModeRun {
  readonly figures: Figures
  /** What came of it, which has to be the same on both sides. */
  readonly outcome: string
  /** What part of the run counts, on the wall in milliseconds since 1970: a profile is taken of that alone. Default: all of it. */
  readonly window?: readonly [fromMs: number, toMs: number]
}

/** Something that both sides do in turn. */
export interface Mode {
  readonly name: string
  /** By which it is asked for together with others. */
  readonly group: string
  readonly title: string
  /** The figure that decides who is ahead: the smaller one. */
  readonly primary: string
  /** The mode whose runs of a side count for this one, too: it would do the same again. */
  readonly runsOf?: Readonly<Partial<Record<Side, string>>>
  /** What its first input is, where the parts of a record's way are to be measured alone, too. */
  readonly input?: DataSet
  /** Loads what is read; called before every run, and does nothing from the second call on. */
  readonly prepare: (ground: Ground, scale: VersusScale) => Promise<void>
  readonly run: (side: Side, ground: Ground, scale: VersusScale) => Promise<ModeRun>
}
