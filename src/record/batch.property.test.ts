import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BatchBuilder } from './batch-builder.ts'
import { readBatches, verifyCrc } from './batch-reader.ts'
import { sealCrc } from './batch-rewriter.ts'
import { compressionNames } from './compression.ts'
import { RecordCursor } from './record-cursor.ts'
import { recordHeaders } from './record-headers.ts'

// Goal: whatever was appended is read back; whatever the bytes are, reading them gives records or CORRUPT_BATCH, and depends on the bytes
// of the batch alone. Method for the last: every batch is read between two different surroundings, with the same outcome.

interface Plain {
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

const hexBytes = fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const plainRecord: fc.Arbitrary<Plain> = fc.record(
  {
    timestamp: fc.oneof(fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }), fc.integer({ min: 0, max: 2 ** 51 })),
    key: fc.option(hexBytes, { nil: null }),
    value: fc.option(
      fc.oneof(
        hexBytes,
        hexBytes.map((text) => text.repeat(30)),
      ),
    ),
    headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.option(hexBytes, { nil: null })), { maxLength: 3 }),
  },
  { noNullPrototype: true },
)
const records = fc.array(plainRecord, { maxLength: 30 })
const codec = fc.constantFrom(...compressionNames)

function build(list: readonly Plain[], compression: (typeof compressionNames)[number]): Buffer {
  const builder = new BatchBuilder(100)
  for (const { timestamp, key, value, headers } of list) {
    const keyBytes = Buffer.from(key ?? '', 'hex')
    const bytes = Buffer.concat([Buffer.from('??'), keyBytes, Buffer.from('!'), Buffer.from(value ?? '', 'hex')])
    const keyEnd = 2 + keyBytes.length
    const pairs = headers.map(([name, text]): [string, Buffer | null] => [name, text === null ? null : Buffer.from(text, 'hex')])
    const record = {
      timestamp,
      bytes,
      keyStart: key === null ? -1 : 2,
      keyEnd: key === null ? -1 : keyEnd,
      valueStart: value === null ? -1 : keyEnd + 1,
      valueEnd: value === null ? -1 : bytes.length,
      headers: pairs.length === 0 ? null : recordHeaders(pairs),
    }
    const announced = builder.sizeWith(record)
    builder.append(record)
    assert.equal(builder.size, announced)
  }
  return builder.seal({ compression, producerId: 77, producerEpoch: 3, baseSequence: 12 })
}

function read(bytes: Buffer, start: number, end: number): Plain[] {
  const cursor = new RecordCursor()
  const list: Plain[] = []
  for (const batch of readBatches(bytes, start, end)) {
    verifyCrc(batch)
    cursor.open(batch)
    while (cursor.next()) {
      assert.ok(cursor.offset >= batch.baseOffset && cursor.offset <= batch.lastOffset)
      list.push({
        timestamp: cursor.timestamp,
        key: cursor.key()?.toString('hex') ?? null,
        value: cursor.value()?.toString('hex') ?? null,
        headers: [...cursor.headers()].map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString('hex')] as const),
      })
    }
  }
  return list
}

/** What reading gives, as a value: the records or the error. */
function outcome(bytes: Buffer, start: number, end: number): unknown {
  try {
    return read(bytes, start, end)
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'CORRUPT_BATCH', error instanceof Error ? error.stack : String(error))
    return (error as Error).message
  }
}

function inSurroundings(batch: Buffer, filler: number): unknown {
  const bytes = Buffer.concat([Buffer.alloc(20, filler), batch, Buffer.alloc(40, filler)])
  return outcome(bytes, 20, 20 + batch.length)
}

test('RecordCursor reads what BatchBuilder wrote, with every codec', () => {
  fc.assert(
    fc.property(records, codec, (list, compression) => {
      const bytes = build(list, compression)
      assert.deepEqual(read(bytes, 0, bytes.length), list)
    }),
    { numRuns: 300 },
  )
})

const edits = fc.array(fc.record({ at: fc.nat(), value: fc.oneof(fc.constantFrom(0, 0x7f, 0x80, 0xff), fc.nat(255)) }), {
  minLength: 1,
  maxLength: 4,
})

test('readBatches(), verifyCrc() and RecordCursor give records or CORRUPT_BATCH for mutated batches and look at nothing else', () => {
  fc.assert(
    fc.property(records, codec, edits, fc.boolean(), (list, compression, changes, isResealed) => {
      const bytes = Buffer.from(build(list, compression))
      for (const { at, value } of changes) bytes[at % bytes.length] = value
      // With a right checksum the damage reaches the parts that the checksum guards.
      if (isResealed) sealCrc({ buffer: bytes, start: 0, end: bytes.length })
      assert.deepEqual(inSurroundings(bytes, 0), inSurroundings(bytes, 0xff))
    }),
    { numRuns: 1_500 },
  )
})

test('readBatches() and RecordCursor give records or CORRUPT_BATCH for truncated batches', () => {
  fc.assert(
    fc.property(records, codec, fc.nat(), (list, compression, cut) => {
      const bytes = build(list, compression)
      const end = cut % bytes.length
      assert.deepEqual(inSurroundings(bytes.subarray(0, end), 0), inSurroundings(bytes.subarray(0, end), 0xff))
      // The same with a length field and a checksum that agree with the cut.
      if (end < 61) return
      const shorter = Buffer.from(bytes.subarray(0, end))
      shorter.writeInt32BE(end - 12, 8)
      sealCrc({ buffer: shorter, start: 0, end })
      const first = inSurroundings(shorter, 0)
      assert.deepEqual(first, inSurroundings(shorter, 0xff))
      if (compression === 'none') assert.equal(typeof first, 'string')
    }),
    { numRuns: 500 },
  )
})

test('readBatches() and RecordCursor give records or CORRUPT_BATCH for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, hasHeader) => {
      let bytes = Buffer.from(noise)
      if (hasHeader) {
        bytes = Buffer.concat([build([], 'none'), bytes])
        bytes.writeInt32BE(bytes.length - 12, 8)
        bytes.writeInt32BE(40, 23)
        bytes.writeInt32BE(Math.min(40, Math.floor(noise.length / 7)), 57)
        sealCrc({ buffer: bytes, start: 0, end: bytes.length })
      }
      assert.deepEqual(inSurroundings(bytes, 0), inSurroundings(bytes, 0xff))
    }),
    { numRuns: 1_000 },
  )
})
