import { named } from '../functions.ts'
import { readBuffers } from './buffer.ts'
import { readKeyValues } from './key-value.ts'
import { readLists } from './list.ts'
import type { Reader } from './reader.ts'
import { readSessions } from './session.ts'
import { readVersions } from './versioned.ts'
import { readWindows } from './window.ts'

/** By the kind of a store as the topology has it; java/reads/Reads.java goes by the interface of the store. */
const readers: Readonly<Record<string, Reader>> = {
  'key-value': readKeyValues,
  timestamped: readKeyValues,
  window: readWindows,
  session: readSessions,
  versioned: readVersions,
  list: readLists,
  'change-buffer': readBuffers,
  'record-buffer': readBuffers,
}

/** Reads stores of that kind. */
export function readerOf(kind: string): Reader {
  return named(readers, kind, 'reading a store of kind')
}
