import { BytesReader } from '../../../../base/bytes-reader.ts'
import { BytesWriter } from '../../../../base/bytes-writer.ts'
import { crc32c } from '../../../../base/crc32c.ts'
import { sharedLength } from '../../memory/key-prefix.ts'
import { ByteSlice } from '../../../byte-slice.ts'

/** The version of the format of sorted files. */
export const FILE_VERSION = 1
/** "MRLSFILE" in ASCII, the last bytes of every sorted file. */
const FILE_MAGIC: Buffer = Buffer.from('MRLSFILE', 'latin1')
/** Bytes of the footer. */
export const FOOTER_BYTES = 52

/** Where the sections of a file are: data, filter, index, summary, footer, one after the other. */
export interface Footer {
  /** The number of the file, which is also in its name: a file that was exchanged for another is recognised. */
  readonly number: number
  readonly dataBytes: number
  readonly filterBytes: number
  readonly filterChecksum: number
  readonly indexBytes: number
  readonly indexChecksum: number
  readonly summaryBytes: number
  readonly summaryChecksum: number
}

/** The rows that a file has of one store. */
export interface StoreCount {
  readonly store: number
  readonly rows: number
  /** How many of the rows are tombstones. */
  readonly tombstones: number
}

/** What is known of the rows of a file without reading them. */
export interface FileSummary {
  readonly smallest: Buffer
  readonly largest: Buffer
  /** In ascending order of the stores. */
  readonly stores: readonly StoreCount[]
}

/** A block as the index of its file knows it. */
export interface BlockEntry {
  readonly byteLength: number
  /** A key that is greater than all keys of the blocks before, and at most the first key of this one. */
  readonly separator: Buffer
}

/** The footer as bytes, `FOOTER_BYTES` of them. */
export function encodeFooter(footer: Footer): Buffer {
  const out = new BytesWriter(FOOTER_BYTES)
  out.int64(footer.dataBytes)
  out.uint32(footer.filterBytes)
  out.uint32(footer.filterChecksum)
  out.uint32(footer.indexBytes)
  out.uint32(footer.indexChecksum)
  out.uint32(footer.summaryBytes)
  out.uint32(footer.summaryChecksum)
  out.uint32(footer.number)
  out.uint32(FILE_VERSION)
  out.uint32(crc32c(out.buffer, 0, out.position))
  out.bytes(FILE_MAGIC)
  return out.copy()
}

/** Reads a footer; throws `RangeError` with what is wrong. */
export function decodeFooter(bytes: Buffer): Footer {
  const magicAt = FOOTER_BYTES - FILE_MAGIC.length
  if (bytes.length !== FOOTER_BYTES) throw new RangeError('it has no footer')
  if (!bytes.subarray(magicAt).equals(FILE_MAGIC)) throw new RangeError('its last bytes are not those of a sorted file')
  const reader = new BytesReader(bytes)
  reader.position = magicAt - 4
  if (reader.uint32() !== crc32c(bytes, 0, magicAt - 4)) throw new RangeError('its footer does not have its checksum')
  reader.position = 0
  const footer = {
    dataBytes: reader.int64(),
    filterBytes: reader.uint32(),
    filterChecksum: reader.uint32(),
    indexBytes: reader.uint32(),
    indexChecksum: reader.uint32(),
    summaryBytes: reader.uint32(),
    summaryChecksum: reader.uint32(),
    number: reader.uint32(),
  }
  const version = reader.uint32()
  if (version !== FILE_VERSION) throw new RangeError(`it has format version ${version}, this is ${FILE_VERSION}`)
  return footer
}

/** Adds an entry to an index; `before`: the separator of the entry before. */
export function writeBlockEntry(out: BytesWriter, entry: BlockEntry, before: Buffer): void {
  const shared = sharedLength(new ByteSlice(entry.separator), before, 0, before.length)
  out.uvarint(entry.byteLength)
  out.uvarint(shared)
  out.uvarint(entry.separator.length - shared)
  out.range(entry.separator, shared, entry.separator.length)
}

/** Reads the entry after `before`. */
export function readBlockEntry(reader: BytesReader, before: Buffer): BlockEntry {
  const byteLength = reader.uvarint()
  const shared = reader.uvarint()
  const rest = reader.slice(reader.uvarint())
  return { byteLength, separator: Buffer.concat([before.subarray(0, shared), rest]) }
}

/** A summary section, without its checksum, which is in the footer. */
export function encodeSummary({ smallest, largest, stores }: FileSummary): Buffer {
  const out = new BytesWriter()
  for (const key of [smallest, largest]) {
    out.uint32(key.length)
    out.bytes(key)
  }
  out.uint32(stores.length)
  for (const { store, rows, tombstones } of stores) {
    out.uint32(store)
    out.uint32(rows)
    out.uint32(tombstones)
  }
  return out.copy()
}

/** Throws `RangeError` if the bytes are no summary. */
export function decodeSummary(bytes: Buffer): FileSummary {
  const reader = new BytesReader(bytes)
  const smallest = Buffer.from(reader.slice(reader.uint32()))
  const largest = Buffer.from(reader.slice(reader.uint32()))
  const stores: StoreCount[] = []
  for (let left = reader.uint32(); left > 0; left--) {
    stores.push({ store: reader.uint32(), rows: reader.uint32(), tombstones: reader.uint32() })
  }
  return { smallest, largest, stores }
}
