import type { Row } from './row.ts'

/** Where a page ended: the place of its last row in the order of the scan, and how many rows with that place were given. */
export interface Continuation {
  readonly key: Buffer
  readonly start: number
  readonly end: number
  readonly given: number
}

/** Where the page ends whose last rows are `rows`; `isSamePlace` says which of them are at the same place. `before`: where it began. */
export function continuationAfter(
  rows: readonly Row[],
  isSamePlace: (row: Row, last: Row) => boolean,
  before: Continuation | null,
): Continuation {
  const last = rows.at(-1)!
  let given = 0
  for (let index = rows.length - 1; index >= 0 && isSamePlace(rows[index]!, last); index--) given++
  const { key, start, end } = last
  // All rows of the page are at the place where it began.
  if (given === rows.length && before !== null && isSamePlace({ ...last, ...before }, last)) given += before.given
  return { key: Buffer.from(key), start, end, given }
}

/** As text that can be part of a URL. */
export function encodeContinuation({ key, start, end, given }: Continuation): string {
  return Buffer.from(JSON.stringify([key.toString('base64'), start, end, given])).toString('base64url')
}

/** What `encodeContinuation` wrote; `null` for anything else. */
export function decodeContinuation(text: string): Continuation | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(read) || read.length !== 4) return null
    const [key, ...numbers] = read as unknown[]
    if (typeof key !== 'string' || !numbers.every((number) => Number.isSafeInteger(number))) return null
    const [start, end, given] = numbers as [number, number, number]
    return { key: Buffer.from(key, 'base64'), start, end, given }
  } catch {
    return null
  }
}
