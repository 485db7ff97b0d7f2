import type { Item } from '../functions.ts'
import { ScenarioError } from '../options.ts'

/** A key as reads have it: a text, a whole number, true or false, `null` (an open end), `{ hex }`, `{ key, start, end }`. */
export function itemOf(given: unknown): Item {
  if (given === null || typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean') return given
  if (typeof given === 'object' && 'hex' in given) return Buffer.from(String(given.hex), 'hex')
  if (typeof given === 'object' && 'key' in given) {
    const { key, start, end } = given as { readonly key: unknown; readonly start: number; readonly end: number }
    return { key: itemOf(key) as string, window: { start, end } }
  }
  throw new ScenarioError(`no key: ${JSON.stringify(given)}`)
}
