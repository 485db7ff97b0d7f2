import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { JsonReader } from './json-reader.ts'

const seed = Number(process.env['SEED'] ?? 20_261)

/** What both give for a text that stands among other bytes: a value, or that there is none. */
function outcomes(reader: JsonReader, text: Buffer): { readonly ours: unknown; readonly parsed: unknown } {
  const bytes = Buffer.concat([Buffer.from('"{1'), text, Buffer.from('5"}]')])
  return { ours: outcome(() => reader.read(bytes, 3, 3 + text.length)), parsed: outcome(() => JSON.parse(text.toString('utf8'))) }
}

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    assert.ok(error instanceof SyntaxError)
    return 'no JSON'
  }
}

/** Equal, with keys in the same order, and zeros of the same sign. */
function assertSame(reader: JsonReader, text: Buffer): void {
  const { ours, parsed } = outcomes(reader, text)
  assert.deepEqual(ours, parsed, text.toString('utf8'))
  assert.equal(JSON.stringify(ours), JSON.stringify(parsed))
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom('\ud800', 'é', 'a "quoted"\n\\ text', '\u0000', '\u007f', 'x'.repeat(600)),
)
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => cents / 100),
)
const leaf = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const address = fc.record({ street: text, number: fc.option(number) }, { requiredKeys: ['street'] })
const record = fc.record(
  {
    id: text,
    amount: number,
    'clé "1"': leaf,
    '7': leaf,
    address,
    lines: fc.array(fc.oneof(address, leaf, fc.array(leaf, { maxLength: 2 })), { maxLength: 3 }),
    empty: fc.constant({}),
    tags: fc.dictionary(fc.string({ maxLength: 3 }), leaf, { maxKeys: 2 }),
  },
  { requiredKeys: ['id', 'amount'] },
)

test('JsonReader.read() gives what JSON.parse gives, for records of few shapes', () => {
  const reader = new JsonReader()
  fc.assert(
    fc.property(record, fc.constantFrom(undefined, 1, '\t'), (value, space) =>
      assertSame(reader, Buffer.from(JSON.stringify(value, null, space))),
    ),
    { seed, numRuns: 2_000 },
  )
})

test('JsonReader.read() gives what JSON.parse gives, for any JSON', () => {
  const reader = new JsonReader()
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), (json) => assertSame(reader, Buffer.from(json))),
    { seed, numRuns: 1_000 },
  )
})

test('JsonReader.read() refuses what JSON.parse refuses, and takes what it takes: damaged texts', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[]:,\\ 0-.eE1tu')))), {
    maxLength: 2,
  })
  const reader = new JsonReader()
  fc.assert(
    fc.property(record, damage, fc.nat(3), (value, changes, cut) => {
      const whole = Buffer.from(JSON.stringify(value))
      assertSame(reader, whole)
      for (const [at, byte] of changes) whole[at % whole.length] = byte
      assertSame(reader, whole.subarray(0, whole.length - cut))
    }),
    { seed, numRuns: 2_000 },
  )
})

test('JsonReader.read() knows each corner of the grammar', () => {
  const reader = new JsonReader()
  const values = [
    '0',
    '-0',
    '01',
    '-',
    '1.',
    '.5',
    '1.50',
    '1e5',
    '1E-7',
    '1e',
    '1e+',
    '123456789012345',
    '1234567890123456',
    '0.1234567890123456789',
  ]
  const others = [
    '12345678901234567890',
    '9007199254740993',
    '1e400',
    '+1',
    'tru',
    'true',
    'nul',
    'null',
    '""',
    '"\\ud83d"',
    '"\\x"',
    '"a\tb"',
    '"',
  ]
  const nested = [
    '{}',
    '[]',
    '[1,]',
    '[,1]',
    '{"b":1,}',
    '{"b":1}',
    '{"b"}',
    '{"b":}',
    '[{"b":2},[{"b":3}]]',
    '['.repeat(40) + ']'.repeat(40),
  ]
  for (let turn = 0; turn < 3; turn++) {
    for (const value of [...values, ...others, ...nested]) {
      for (const shape of [
        `{"a":${value}}`,
        `{"a":1,"b":${value}}`,
        `{ "a" : ${value} , "b":"x"}`,
        `{"a":${value}}}`,
        `{"a":${value},"a":2}`,
      ]) {
        assertSame(reader, Buffer.from(shape))
      }
    }
    for (const key of ['__proto__', '1', '\\u0061', 'a\\n', 'é', '', 'constructor', 'toString']) {
      assertSame(reader, Buffer.from(`{"${key}":{"x":1},"b":2}`))
    }
  }
})

test('JsonReader.read() reads numbers of any length to the last bit', () => {
  const reader = new JsonReader()
  const digits = fc.stringMatching(/^[0-9]{1,20}$/)
  const decimal = fc.tuple(
    fc.stringMatching(/^-?(0|[1-9][0-9]{0,18})$/),
    fc.option(digits),
    fc.option(fc.integer({ min: -330, max: 310 }), { freq: 1 }),
  )
  fc.assert(
    fc.property(decimal, ([whole, places, exponent]) => {
      const number = whole + (places === null ? '' : `.${places}`) + (exponent === null ? '' : `e${exponent}`)
      assertSame(reader, Buffer.from(`{"a":${number}}`))
    }),
    { seed, numRuns: 3_000 },
  )
})

test('JsonReader.read() replaces what is no UTF-8 as Node does', () => {
  const reader = new JsonReader()
  for (let turn = 0; turn < 3; turn++) {
    for (const bytes of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xc3, 0xa9]]) {
      assertSame(reader, Buffer.concat([Buffer.from('{"a":"x'), Buffer.from(bytes), Buffer.from('","b":"y"}')]))
    }
  }
})

test('JsonReader.read() gives values of their own: nothing is shared with the bytes, nor with the value before', () => {
  const reader = new JsonReader()
  const bytes = Buffer.from('{"a":{"b":[1,"one"]},"c":"a text of some length"}')
  const values = [1, 2, 3].map(() => reader.read(bytes, 0, bytes.length) as { a: { b: unknown[] }; c: string })
  bytes.fill(0x20)
  values[1]!.a.b.push('more')
  values[1]!.c = ''
  assert.deepEqual(values[0], { a: { b: [1, 'one'] }, c: 'a text of some length' })
  assert.deepEqual(values[2], values[0])
})

test('JsonReader.read() stays right where every object has keys of its own', () => {
  const reader = new JsonReader()
  for (let index = 0; index < 3_000; index++) {
    const value = { [`k${index}`]: index, [`k${index % 7}`]: { [`i${index}`]: [index] } }
    assertSame(reader, Buffer.from(JSON.stringify(value)))
  }
})
