import { named } from '../functions.ts'
import { readKeyValues } from './key-value.ts'
import type { Reader } from './reader.ts'
import { readWindows } from './window.ts'

/** By the kind of a store as the topology has it; java/reads/Reads.java goes by the interface of the store. */
const readers: Readonly<Record<string, Reader>> = {
  'key-value': readKeyValues,
  timestamped: readKeyValues,
  window: readWindows,
}

/** Reads stores of that kind. */
export function readerOf(kind: string): Reader {
  return named(readers, kind, 'reading a store of kind')
}
