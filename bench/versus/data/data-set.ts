import type { FillRecord, Ground } from '../ground.ts'
import type { VersusScale } from '../versus-scale.ts'

/** Makes the records of a data set, one after the other. The same ones each time. */
export interface Generator {
  /** Fills in record `index`; called with 0, 1, 2, ... */
  readonly fill: FillRecord
  /** What has been filled in so far: the words of lines, else the records. */
  readonly units: () => number
}

/** Seeded records that both sides read. They are loaded once for all modes that read them. */
export interface DataSet {
  readonly topic: string
  /** How many there are at factor 1. */
  readonly records: number
  /** Whether all of them are there whatever the factor. */
  readonly isWhole?: boolean
  /** The timestamp of the first one, in milliseconds since 1970; each of the others is a millisecond younger. */
  readonly firstMs: number
  readonly generate: () => Generator
}

/** What was loaded. */
export interface Loaded {
  readonly records: number
  /** {@link Generator.units}. */
  readonly units: number
}

const loaded = new WeakMap<Ground, Map<string, Loaded>>()

/** When the records of most data sets begin: a fixed moment, so that windows are the same in each run. */
export const FIRST_MS = 1_750_000_000_000

/** How many records a data set has. */
export function recordsOf(data: DataSet, { factor }: VersusScale): number {
  return data.isWhole === true ? data.records : Math.ceil(data.records * factor)
}

/** Loads a data set if this broker does not have it, and says what is there. */
export async function load(ground: Ground, data: DataSet, scale: VersusScale): Promise<Loaded> {
  const known = loaded.get(ground) ?? new Map<string, Loaded>()
  loaded.set(ground, known)
  const before = known.get(data.topic)
  if (before !== undefined) return before
  const generator = data.generate()
  const records = recordsOf(data, scale)
  await ground.createTopic(data.topic)
  await ground.load(data.topic, records, generator.fill, data.firstMs)
  const now = { records, units: generator.units() }
  known.set(data.topic, now)
  return now
}
