import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BytesReader } from './bytes-reader.ts'
import { BytesWriter } from './bytes-writer.ts'

// Goal: what BytesWriter writes BytesReader reads back, in Kafka's encoding, and a reader never leaves its range. Method: a list of
// operations is written into a small buffer, which has to grow, and read from between other bytes.

// Any text without lone surrogates; fast-check's own unit "binary" takes two thirds of a second to set up.
const codePoint = fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10_ffff }))
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(codePoint, { maxLength }).map((points) => String.fromCodePoint(...points))

type Write = (writer: BytesWriter) => void
type Read = (reader: BytesReader) => unknown
interface Operation {
  readonly name: string
  readonly value: unknown
  readonly write: Write
  readonly read: Read
}

function operation<T>(
  name: string,
  values: fc.Arbitrary<T>,
  write: (writer: BytesWriter, value: T) => void,
  read: Read,
): fc.Arbitrary<Operation> {
  return values.map((value) => ({ name, value, write: (writer) => write(writer, value), read }))
}

const integer = (bits: number): fc.Arbitrary<number> => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
const unsigned = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 })
const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Infinity, -Infinity, 2 ** 32, -(2 ** 32), -1, 0))
const varlong = fc.oneof(fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }), integer(32), integer(8))
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))

const operations = fc.oneof(
  operation(
    'int8',
    integer(8),
    (writer, value) => writer.int8(value),
    (reader) => reader.int8(),
  ),
  operation(
    'uint8',
    unsigned(8),
    (writer, value) => writer.uint8(value),
    (reader) => reader.uint8(),
  ),
  operation(
    'bool',
    fc.boolean(),
    (writer, value) => writer.bool(value),
    (reader) => reader.bool(),
  ),
  operation(
    'int16',
    integer(16),
    (writer, value) => writer.int16(value),
    (reader) => reader.int16(),
  ),
  operation(
    'uint16',
    unsigned(16),
    (writer, value) => writer.uint16(value),
    (reader) => reader.uint16(),
  ),
  operation(
    'int32',
    integer(32),
    (writer, value) => writer.int32(value),
    (reader) => reader.int32(),
  ),
  operation(
    'uint32',
    unsigned(32),
    (writer, value) => writer.uint32(value),
    (reader) => reader.uint32(),
  ),
  operation(
    'int64',
    int64,
    (writer, value) => writer.int64(value),
    (reader) => reader.int64(),
  ),
  operation(
    'float64',
    fc.double(),
    (writer, value) => writer.float64(value),
    (reader) => reader.float64(),
  ),
  operation(
    'uvarint',
    unsigned(32),
    (writer, value) => writer.uvarint(value),
    (reader) => reader.uvarint(),
  ),
  operation(
    'varint',
    integer(32),
    (writer, value) => writer.varint(value),
    (reader) => reader.varint(),
  ),
  operation(
    'varlong',
    varlong,
    (writer, value) => writer.varlong(value),
    (reader) => reader.varlong(),
  ),
  operation(
    'bytes',
    bytes,
    (writer, value) => writer.bytes(value),
    (reader) => reader,
  ),
  operation(
    'range',
    bytes,
    (writer, value) => writer.range(Buffer.concat([Buffer.alloc(3), value]), 3, 3 + value.length),
    (reader) => reader,
  ),
)

test('BytesReader reads what BytesWriter wrote, and nothing behind it', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 30 }), (list) => {
      const writer = new BytesWriter(4)
      for (const { write } of list) write(writer)
      const written = writer.copy()
      const reader = new BytesReader(Buffer.concat([Buffer.alloc(5, 0xff), written, Buffer.alloc(12, 0xff)]), 5, 5 + written.length)
      for (const { name, value, read } of list) {
        const actual = value instanceof Buffer ? reader.slice(value.length) : read(reader)
        assert.deepEqual(actual, value, name)
      }
      assert.equal(reader.remaining, 0)
      for (const read of [
        () => reader.int8(),
        () => reader.int64(),
        () => reader.uvarint(),
        () => reader.varlong(),
        () => reader.slice(1),
      ]) {
        assert.throws(read, RangeError)
        assert.equal(reader.remaining, 0)
      }
    }),
    { numRuns: 500 },
  )
})

test('BytesReader stays where it was when a read would leave its range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(13), (array, method) => {
      const surrounded = (filler: number): unknown => {
        const reader = new BytesReader(Buffer.concat([Buffer.from(array), Buffer.alloc(12, filler)]), 0, array.length)
        const reads = [
          () => reader.int8(),
          () => reader.bool(),
          () => reader.int16(),
          () => reader.uint16(),
          () => reader.int32(),
          () => reader.uint32(),
          () => reader.int64(),
          () => reader.float64(),
          () => reader.uvarint(),
          () => reader.varint(),
          () => reader.varlong(),
          () => reader.slice(9),
          () => reader.utf8(5),
          () => reader.skip(7),
        ]
        try {
          return [reads[method]!(), reader.position]
        } catch (error) {
          assert.ok(error instanceof RangeError, String(error))
          assert.equal(reader.position, 0)
          return error.message
        }
      }
      assert.deepEqual(surrounded(0), surrounded(0xff))
    }),
    { numRuns: 2_000 },
  )
})

test('BytesWriter and BytesReader agree with the examples of the protocol', () => {
  const cases: [hex: string, Write, Read, value: unknown][] = [
    ['00', (writer) => writer.varint(0), (reader) => reader.varint(), 0],
    ['01', (writer) => writer.varint(-1), (reader) => reader.varint(), -1],
    ['d804', (writer) => writer.varint(300), (reader) => reader.varint(), 300],
    ['ffffffff0f', (writer) => writer.varint(-(2 ** 31)), (reader) => reader.varint(), -(2 ** 31)],
    ['ac02', (writer) => writer.uvarint(300), (reader) => reader.uvarint(), 300],
    ['0000018bcfe56800', (writer) => writer.int64(1_700_000_000_000), (reader) => reader.int64(), 1_700_000_000_000],
    ['fffffffffffffffe', (writer) => writer.int64(-2), (reader) => reader.int64(), -2],
    ['7fffffffffffffff', (writer) => writer.int64(Infinity), (reader) => reader.int64(), Infinity],
    ['8000000000000000', (writer) => writer.int64(-Infinity), (reader) => reader.int64(), -Infinity],
  ]
  for (const [hex, write, read, value] of cases) {
    const writer = new BytesWriter()
    write(writer)
    assert.equal(writer.written().toString('hex'), hex)
    assert.equal(read(new BytesReader(Buffer.from(hex, 'hex'))), value)
  }
})

test('BytesReader and BytesWriter refuse int64 and varlong beyond 2^53', () => {
  for (const hex of ['0020000000000000', 'ffdfffffffffffff', '7ffffffffffffffe', '8000000000000001']) {
    assert.throws(() => new BytesReader(Buffer.from(hex, 'hex')).int64(), { name: 'RangeError', message: /beyond 2\^53/ })
  }
  assert.throws(() => new BytesReader(Buffer.from('ffffffffffffffffff01', 'hex')).varlong(), {
    name: 'RangeError',
    message: /beyond 2\^53/,
  })
  assert.throws(() => new BytesReader(Buffer.from('ffffffffffffffffffff01', 'hex')).varlong(), { name: 'RangeError' })
  const writer = new BytesWriter()
  for (const value of [2 ** 53, -(2 ** 53), 1.5, Number.NaN]) assert.throws(() => writer.int64(value), { name: 'RangeError' })
  for (const value of [2 ** 52, Infinity, 0.5]) assert.throws(() => writer.varlong(value), { name: 'RangeError' })
  assert.equal(writer.position, 0)
})

test('BytesWriter.utf8() and BytesReader.utf8() keep any well-formed text', () => {
  fc.assert(
    fc.property(text(50), (value) => {
      const writer = new BytesWriter(1)
      const length = writer.utf8(value)
      assert.equal(length, Buffer.byteLength(value))
      assert.equal(new BytesReader(writer.written()).utf8(length), value)
    }),
  )
})

test('BytesWriter can be set back and reset', () => {
  const writer = new BytesWriter(2)
  writer.int32(1)
  const position = writer.position
  writer.int64(2)
  writer.position = position
  assert.equal(writer.written().toString('hex'), '00000001')
  const copy = writer.copy()
  writer.reset()
  writer.int32(9)
  assert.equal(copy.toString('hex'), '00000001')
})

test('BytesReader refuses a range outside its buffer', () => {
  for (const [start, end] of [
    [-1, 2],
    [0, 5],
    [3, 2],
  ] as const) {
    assert.throws(() => new BytesReader(Buffer.alloc(4), start, end), { name: 'RangeError', message: /^Cannot read range / })
  }
})
