import { createHash } from 'node:crypto'
import type { StoreName } from './crash-stores.ts'

/** What a process found in one of its stores. */
export interface StoreDump {
  readonly store: StoreName
  /** Of the last changelog record that the rows reflect; `null`: of none. */
  readonly storedOffset: number | null
  /** Key and value, each as one text, in order of their keys. */
  readonly rows: readonly DumpedRow[]
}

/** Key, value. */
export type DumpedRow = readonly [key: string, value: string]

const SHORT = 24

/** A value as it is compared: whole if it is short, else its length and its hash. */
export function digestOf(value: string): string {
  return value.length <= SHORT ? value : `${value.length}:${createHash('sha1').update(value).digest('base64url')}`
}

/** The first thing in which the rows differ, as a sentence; `null`: nothing. Both are ordered by key. */
export function differenceOf(expected: readonly DumpedRow[], found: readonly DumpedRow[]): string | null {
  for (let index = 0; index < expected.length || index < found.length; index++) {
    const [key, value] = expected[index] ?? [null, null]
    const [foundKey, foundValue] = found[index] ?? [null, null]
    if (key === foundKey && value === foundValue) continue
    if (key === foundKey) return `row ${key} is ${foundValue}, it must be ${value}`
    const isMissing = foundKey === null || (key !== null && key < foundKey)
    return isMissing ? `row ${key} is missing, it must be ${value}` : `there is a row ${foundKey}, ${foundValue}, that must not be`
  }
  return null
}
