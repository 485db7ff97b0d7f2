import type { ByteSlice } from './byte-slice.ts'

/** A range of keys in unsigned byte order. The buffers are not changed by whoever made the range until the scan is closed. */
export interface KeyRange {
  /** The first key, itself included; `null` = from the very first. */
  readonly from: Buffer | null
  /** The end; `null` = to the very last. */
  readonly to: Buffer | null
  /** Whether the key `to` is in the range. */
  readonly includesTo: boolean
  /** The only rows in the range that are wanted: others may be given or left out. Who does not know it gives all. */
  readonly wanted?: WantedRows | undefined
}

/** The rows of one key in a window store. One object for many scans: it is looked at when a scan is opened. */
export interface WantedRows {
  readonly key: ByteSlice
  /** The starts of their windows, both included. */
  readonly from: number
  readonly to: number
  /** Whether none of them is committed. */
  isUncommitted: boolean
}

/** All keys. */
export const allKeys: KeyRange = { from: null, to: null, includesTo: true }

/** The keys that begin with `prefix`. */
export function prefixRange(prefix: Buffer): KeyRange {
  // The first key after them: the prefix without its trailing 0xff bytes, the last byte one greater.
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return { from: prefix, to: null, includesTo: true }
  const to = Buffer.from(prefix.subarray(0, length))
  to[length - 1]!++
  return { from: prefix, to, includesTo: false }
}

/** Whether no key can be in the range. */
export function isEmptyRange({ from, to, includesTo }: KeyRange): boolean {
  if (from === null || to === null) return false
  const order = from.compare(to)
  return order > 0 || (order === 0 && !includesTo)
}
