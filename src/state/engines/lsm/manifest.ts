import { BytesReader } from '../../../base/bytes-reader.ts'
import { BytesWriter } from '../../../base/bytes-writer.ts'
import { crc32c } from '../../../base/crc32c.ts'
import type { StoreMeta } from '../../store-meta.ts'
import type { FileEntry } from './files/sorted-file-writer.ts'

/** The version of the format of manifests. */
export const MANIFEST_VERSION = 1
/** "MRLSMANI" in ASCII. */
const MANIFEST_MAGIC: Buffer = Buffer.from('MRLSMANI', 'latin1')

/** A store as a manifest knows it. */
export interface StoreEntry {
  /** Keys of the store begin with it. A store that was wiped gets another. */
  readonly id: number
  readonly name: string
  readonly meta: StoreMeta | null
  /** The mark of expiry, without the id of the store. */
  readonly expiredBelow: Buffer | null
}

/** A run as a manifest knows it. */
export interface RunEntry {
  readonly level: number
  readonly files: readonly FileEntry[]
}

/** Everything that is known of a task beside the rows in its files. */
export interface Manifest {
  readonly nextFile: number
  readonly nextStore: number
  readonly stores: readonly StoreEntry[]
  /** Newest first. */
  readonly runs: readonly RunEntry[]
}

/** The manifest as the content of its file. */
export function encodeManifest({ nextFile, nextStore, stores, runs }: Manifest): Buffer {
  const out = new BytesWriter(1024)
  out.bytes(MANIFEST_MAGIC)
  out.uint32(MANIFEST_VERSION)
  out.uint32(nextFile)
  out.uint32(nextStore)
  out.uint32(stores.length)
  for (const { id, name, meta, expiredBelow } of stores) {
    out.uint32(id)
    writeBytes(out, Buffer.from(name))
    writeBytes(out, meta === null ? null : Buffer.from(JSON.stringify(meta)))
    writeBytes(out, expiredBelow)
  }
  out.uint32(runs.length)
  for (const { level, files } of runs) {
    out.uint32(level)
    out.uint32(files.length)
    for (const { number, bytes, checksum } of files) {
      out.uint32(number)
      out.int64(bytes)
      out.uint32(checksum)
    }
  }
  out.uint32(crc32c(out.buffer, 0, out.position))
  return out.copy()
}

/** Reads a manifest; throws `RangeError` with what is wrong. */
export function decodeManifest(bytes: Buffer): Manifest {
  const head = MANIFEST_MAGIC.length + 4
  const end = bytes.length - 4
  if (end < head || !bytes.subarray(0, MANIFEST_MAGIC.length).equals(MANIFEST_MAGIC)) throw new RangeError('it is no manifest')
  if (bytes.readUInt32BE(end) !== crc32c(bytes, 0, end)) throw new RangeError('it does not have its checksum')
  const reader = new BytesReader(bytes, MANIFEST_MAGIC.length, end)
  const version = reader.uint32()
  if (version !== MANIFEST_VERSION) throw new RangeError(`it has format version ${version}, this is ${MANIFEST_VERSION}`)
  const nextFile = reader.uint32()
  const nextStore = reader.uint32()
  const stores: StoreEntry[] = []
  for (let left = reader.uint32(); left > 0; left--) stores.push(readStore(reader))
  const runs: RunEntry[] = []
  for (let left = reader.uint32(); left > 0; left--) {
    const level = reader.uint32()
    const files: FileEntry[] = []
    for (let rest = reader.uint32(); rest > 0; rest--) {
      files.push({ number: reader.uint32(), bytes: reader.int64(), checksum: reader.uint32() })
    }
    runs.push({ level, files })
  }
  return { nextFile, nextStore, stores, runs }
}

function readStore(reader: BytesReader): StoreEntry {
  const id = reader.uint32()
  const name = readBytes(reader) ?? Buffer.alloc(0)
  const meta = readBytes(reader)
  const expiredBelow = readBytes(reader)
  return { id, name: name.toString(), meta: meta === null ? null : (JSON.parse(meta.toString()) as StoreMeta), expiredBelow }
}

/** A length and the bytes; the length is one greater than it is, and 0 for `null`. */
function writeBytes(out: BytesWriter, bytes: Buffer | null): void {
  out.uint32(bytes === null ? 0 : bytes.length + 1)
  if (bytes !== null) out.bytes(bytes)
}

function readBytes(reader: BytesReader): Buffer | null {
  const length = reader.uint32()
  return length === 0 ? null : Buffer.from(reader.slice(length - 1))
}
