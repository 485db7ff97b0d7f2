import type { Windowed } from '../model/windowed.ts'
import { builtInSerde, fastSerdeOf } from './fast-serde.ts'
import type { Serde } from './serde.ts'
import { timeWindowedSerde } from './windowed-serdes.ts'

/** As `serdes.timeWindowed`, for windows of any size: `Infinity` = they never end. */
export function windowedBy<T>(inner: Serde<T>, sizeMs: number): Serde<Windowed<T>> {
  const serde = builtInSerde(timeWindowedSerde(fastSerdeOf(inner), sizeMs))
  return inner.prepare === undefined ? serde : Object.freeze({ ...serde, prepare: inner.prepare })
}
