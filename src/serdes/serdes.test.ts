import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BytesWriter } from '../base/bytes-writer.ts'
import { isMillraceError } from '../base/errors.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { type FastSerde, fastSerdeOf, fastReaderOf, fastWriterOf, isNullable } from './fast-serde.ts'
import type { Serde, SerdeContext } from './serde.ts'
import { serdes } from './serdes.ts'
import type { StandardSchema } from './standard-schema.ts'

const context: SerdeContext = { topic: 't', isKey: false, headers: recordHeaders(), role: 'source' }

function hexOf<T>(serde: Serde<T>, value: T): string {
  return Buffer.from(serde.serialize(value, context)).toString('hex')
}

function fromHex<T>(serde: Serde<T>, hex: string): T {
  return serde.deserialize(Buffer.from(hex, 'hex'), context)
}

function throwsCode(run: () => unknown, code: string, message?: RegExp): void {
  assert.throws(
    run,
    (error: unknown) => isMillraceError(error) && error.code === code && (message === undefined || message.test(error.message)),
  )
}

/** Values that are neither equal nor unequal by `===` alone are among these. */
const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity, 0.1, Math.fround(0.1)))
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.array(fc.constantFrom('a', '?', '\ud800', '\udc00', '\u00e9')).map((all) => all.join('')),
)
const json = fc.jsonValue()

interface Kind<T> {
  readonly name: string
  readonly serde: Serde<T>
  readonly values: fc.Arbitrary<T>
}

/** Each kind is checked against its own values only. */
function kindsOf<T extends readonly unknown[]>(...kinds: { readonly [N in keyof T]: Kind<T[N]> }): readonly Kind<never>[] {
  return kinds as unknown as readonly Kind<never>[]
}

const kinds: readonly Kind<never>[] = kindsOf(
  { name: 'string', serde: serdes.string, values: text },
  { name: 'bytes', serde: serdes.bytes, values: fc.uint8Array() },
  { name: 'view', serde: serdes.view, values: fc.uint8Array() },
  { name: 'boolean', serde: serdes.boolean, values: fc.boolean() },
  { name: 'uuid', serde: serdes.uuid, values: fc.uuid().chain((uuid) => fc.constantFrom(uuid, uuid.toUpperCase())) },
  { name: 'int16', serde: serdes.int16, values: fc.integer({ min: -0x8000, max: 0x7fff }) },
  { name: 'int32', serde: serdes.int32, values: fc.oneof(fc.integer(), fc.constant(-0)) },
  { name: 'int64', serde: serdes.int64, values: fc.oneof(fc.maxSafeInteger(), fc.constant(-0)) },
  { name: 'bigint64', serde: serdes.bigint64, values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { name: 'float32', serde: serdes.float32, values: numbers },
  { name: 'float64', serde: serdes.float64, values: numbers },
  { name: 'json', serde: serdes.json<fc.JsonValue>(), values: json },
  { name: 'nullable', serde: serdes.nullable(serdes.string), values: text },
  {
    name: 'timeWindowed',
    serde: serdes.timeWindowed(serdes.string, '1m'),
    values: fc.record({ key: text, window: fc.nat(9).map((start) => ({ start, end: start + 60_000 })) }),
  },
  {
    name: 'timeWindowed of a changelog',
    serde: serdes.timeWindowed(serdes.string, '1m', { changelog: true }),
    values: fc.record({ key: text, window: fc.nat(9).map((start) => ({ start, end: start + 60_000 })) }),
  },
  {
    name: 'sessionWindowed',
    serde: serdes.sessionWindowed(serdes.int32),
    values: fc.record({ key: fc.integer(), window: fc.record({ start: fc.nat(9), end: fc.nat(9) }) }),
  },
)

describe('serdes', () => {
  for (const { name, serde, values } of kinds) {
    const fast: FastSerde<never> = fastSerdeOf(serde)

    test(`${name}: what is read from the bytes has the same bytes`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const bytes = serde.serialize(value, context)
          assert.deepEqual(serde.serialize(serde.deserialize(bytes, context), context), bytes)
        }),
      )
    })

    test(`${name}: identities are equal exactly when the bytes are`, () => {
      const { identity } = fast
      assert.ok(identity !== null)
      fc.assert(
        fc.property(values, values, (left, right) => {
          const isSame = Buffer.from(serde.serialize(left, context)).equals(serde.serialize(right, context))
          assert.equal(new Map([[identity(left), 1]]).has(identity(right)), isSame)
          assert.ok(new Map([[identity(left), 1]]).has(identity(left)))
        }),
        { numRuns: 500 },
      )
    })

    test(`${name}: the fast contract writes behind what is there and reads from the middle`, () => {
      fc.assert(
        fc.property(values, (value) => {
          const out = new BytesWriter(1)
          out.int8(7)
          fast.write(value, out, context)
          const end = out.position
          out.int32(-1)
          assert.deepEqual(Buffer.from(out.buffer.subarray(1, end)), Buffer.from(serde.serialize(value, context)))
          const again = new BytesWriter()
          fast.write(fast.read(out.buffer, 1, end, context), again, context)
          assert.deepEqual(Buffer.from(again.written()), Buffer.from(out.buffer.subarray(1, end)))
        }),
      )
    })
  }

  test('have the bytes of their Java kin', () => {
    assert.equal(hexOf(serdes.string, 'a\u00e9\ud83d\ude00'), '61c3a9f09f9880')
    assert.equal(hexOf(serdes.string, '\ud800x\udc00'), '3f783f')
    assert.equal(hexOf(serdes.boolean, true), '01')
    assert.equal(hexOf(serdes.int16, -2), 'fffe')
    assert.equal(hexOf(serdes.int32, 258), '00000102')
    assert.equal(hexOf(serdes.int64, -1), 'ffffffffffffffff')
    assert.equal(hexOf(serdes.bigint64, 2n ** 63n - 1n), '7fffffffffffffff')
    assert.equal(hexOf(serdes.float32, 1.5), '3fc00000')
    assert.equal(hexOf(serdes.float32, Number.NaN), '7fc00000')
    assert.equal(hexOf(serdes.float64, -0), '8000000000000000')
    assert.equal(hexOf(serdes.float64, Number.NaN), '7ff8000000000000')
    assert.equal(
      hexOf(serdes.uuid, '6BA7B810-9dad-11d1-80b4-00c04fd430c8'),
      Buffer.from('6ba7b810-9dad-11d1-80b4-00c04fd430c8').toString('hex'),
    )
    assert.equal(fromHex(serdes.uuid, Buffer.from('1-2-3-4-5').toString('hex')), '00000001-0002-0003-0004-000000000005')
    assert.equal(hexOf(serdes.timeWindowed(serdes.string, 5), { key: 'k', window: { start: 1, end: 6 } }), '6b0000000000000001')
    const inChangelog = serdes.timeWindowed(serdes.string, 5, { changelog: true })
    assert.equal(hexOf(inChangelog, { key: 'k', window: { start: 1, end: 6 } }), '6b000000000000000100000000')
    assert.deepEqual(fromHex(inChangelog, '6b000000000000000100000007'), { key: 'k', window: { start: 1, end: 6 } })
    const unlimited = serdes.timeWindowed(serdes.string, Infinity)
    assert.deepEqual(fromHex(unlimited, '6b0000000000000001'), { key: 'k', window: { start: 1, end: Infinity } })
    assert.equal(
      hexOf(serdes.sessionWindowed(serdes.string), { key: 'k', window: { start: 1, end: 6 } }),
      '6b00000000000000060000000000000001',
    )
  })

  test('refuse bytes that are not theirs', () => {
    throwsCode(() => fromHex(serdes.int16, '00'), 'BYTES_INVALID', /int16: found 1 bytes, required 2/)
    throwsCode(() => fromHex(serdes.int32, '0000000000'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.int64, '00'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.bigint64, '00'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.float32, '00'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.float64, ''), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.boolean, '02'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.uuid, '61'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.json(), '7b'), 'BYTES_INVALID')
    throwsCode(() => fromHex(serdes.int64, '7fffffffffffffff'), 'BYTES_INVALID', /bigint64/)
    throwsCode(() => fromHex(serdes.timeWindowed(serdes.string, 5), '00'), 'BYTES_INVALID')
  })

  test('int64 reads no value beyond 2^53', () => {
    assert.throws(() => fromHex(serdes.int64, '0020000000000001'))
    assert.equal(fromHex(serdes.int64, '001fffffffffffff'), Number.MAX_SAFE_INTEGER)
  })

  test('refuse values that are not theirs', () => {
    const wrong = <T>(serde: Serde<T>, value: unknown): void => throwsCode(() => serde.serialize(value as T, context), 'VALUE_INVALID')
    wrong(serdes.string, 1)
    wrong(serdes.bytes, 'a')
    wrong(serdes.boolean, 1)
    wrong(serdes.uuid, 'x')
    wrong(serdes.int16, 0x8000)
    wrong(serdes.int32, 1.5)
    wrong(serdes.int64, 2 ** 53)
    wrong(serdes.bigint64, 2n ** 63n)
    wrong(serdes.bigint64, 1)
    wrong(serdes.float32, '1')
    wrong(serdes.float64, null)
    wrong(serdes.json(), undefined)
    wrong(serdes.json(), Promise.resolve(1))
    wrong(serdes.list(serdes.int32), 'ab')
    wrong(serdes.nullable(serdes.string), null)
  })

  test('bytes copies what it reads, view does not', () => {
    const bytes = Buffer.from('abc')
    const copy = serdes.bytes.deserialize(bytes, context)
    const view = serdes.view.deserialize(bytes, context)
    bytes[0] = 0
    assert.equal(copy[0], 0x61)
    assert.equal(view[0], 0)
  })

  test('only nullable allows null, and tells so', () => {
    assert.equal(isNullable(serdes.nullable(serdes.string)), true)
    assert.equal(isNullable(serdes.string), false)
    assert.equal(isNullable(serdes.of({ serialize: () => new Uint8Array(), deserialize: () => 1 })), false)
  })

  test('the types of stores are known where objects may be kept', () => {
    assert.equal(fastSerdeOf(serdes.string).immutable, true)
    assert.equal(fastSerdeOf(serdes.json()).immutable, false)
    assert.equal(fastSerdeOf(serdes.json({ immutable: true })).immutable, true)
    assert.equal(fastSerdeOf(serdes.bytes).immutable, false)
  })
})

describe('serdes.list', () => {
  test('has the bytes of ListSerde: no lengths for entries of one size, null entries by index', () => {
    const numbers = serdes.list(serdes.nullable(serdes.int32))
    assert.equal(hexOf(serdes.list(serdes.int32), [1, 2]), '00' + '00000000' + '00000002' + '00000001' + '00000002')
    assert.equal(hexOf(serdes.list(serdes.string), ['a', '']), '01' + '00000002' + '00000001' + '61' + '00000000')
    assert.equal(hexOf(serdes.list(serdes.boolean), [true]), '01' + '00000001' + '00000001' + '01')
    const withNull = '00' + '00000001' + '00000001' + '00000003' + '00000001' + '00000003'
    assert.deepEqual(fromHex(numbers, '01' + '00000002' + '00000004' + '00000001' + 'ffffffff'), [1, null])
    assert.throws(() => fromHex(serdes.list(serdes.int32), withNull))
    assert.equal(hexOf(serdes.list(serdes.nullable(serdes.string)), ['a', null]), '01' + '00000002' + '00000001' + '61' + 'ffffffff')
  })

  test('reads what it writes, and refuses what is cut off', () => {
    for (const serde of [serdes.list(serdes.int64), serdes.list(serdes.json<number>())]) {
      fc.assert(
        fc.property(fc.array(fc.nat()), fc.nat(), (values, cut) => {
          const bytes = serde.serialize(values, context)
          assert.deepEqual(serde.deserialize(bytes, context), values)
          if (cut < bytes.length) throwsCode(() => serde.deserialize(bytes.subarray(0, cut), context), 'BYTES_INVALID')
        }),
      )
    }
  })
})

/** A schema without a library: numbers, or their text. */
function numberSchema(isAsync = false): StandardSchema<number> {
  const validate = (value: unknown): unknown => {
    const number = Number(value)
    const result = Number.isNaN(number) ? { issues: [{ message: 'not a number', path: ['a', { key: 0 }] }] } : { value: number }
    return isAsync ? Promise.resolve(result) : result
  }
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('serdes.json', () => {
  const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

  test('a schema gives the value, at sources only unless told otherwise', () => {
    const sources = serdes.json(numberSchema())
    const always = serdes.json(numberSchema(), { validate: 'always' })
    assert.equal(sources.deserialize(bytesOf('7'), context), 7)
    assert.equal(sources.deserialize(bytesOf('7'), { ...context, role: 'changelog' }) as unknown, '7')
    assert.equal(always.deserialize(bytesOf('7'), { ...context, role: 'changelog' }), 7)
  })

  test('a value that does not fit throws SCHEMA_INVALID with its issues', () => {
    throwsCode(
      () => serdes.json(numberSchema()).deserialize(bytesOf('x'), context),
      'SCHEMA_INVALID',
      /value of topic "t": it does not fit the schema \(a\.0: not a number\)/,
    )
  })

  test('an asynchronous schema throws SCHEMA_ASYNC', () => {
    throwsCode(() => serdes.json(numberSchema(true)).deserialize(bytesOf(1), context), 'SCHEMA_ASYNC')
  })
})

describe('fastSerdeOf', () => {
  const upper: Serde<string> = serdes.of({
    serialize: (value: string) => Buffer.from(value.toUpperCase()),
    deserialize: (bytes: Uint8Array) => Buffer.from(bytes).toString().toLowerCase(),
  })

  test('adapts a serde of the user, which owns the bytes it is given', () => {
    const kept: Uint8Array[] = []
    const keeping: Serde<number> = {
      serialize: () => new Uint8Array(1),
      deserialize: (bytes) => kept.push(bytes),
    }
    const bytes = Buffer.from('xyz')
    fastReaderOf(keeping).read(bytes, 1, 3, context)
    bytes.fill(0)
    assert.deepEqual(kept, [new Uint8Array(Buffer.from('yz'))])
    const out = new BytesWriter()
    fastWriterOf(upper).write('abc', out, context)
    assert.equal(out.written().toString(), 'ABC')
    assert.equal(fastSerdeOf(upper).read(Buffer.from('-QR-'), 1, 3, context), 'qr')
    assert.equal(fastSerdeOf(upper).identity, null)
  })

  test('a serializer that gives no bytes throws VALUE_INVALID', () => {
    const broken = (given: unknown): Serde<string> => ({ serialize: () => given as Uint8Array, deserialize: () => '' })
    const write = (given: unknown): void => fastWriterOf(broken(given)).write('a', new BytesWriter(), context)
    throwsCode(() => write(Promise.resolve(new Uint8Array())), 'VALUE_INVALID', /returned a promise, a Uint8Array is required/)
    throwsCode(() => write(null), 'VALUE_INVALID', /returned null/)
    throwsCode(() => write('text'), 'VALUE_INVALID', /returned string/)
  })

  test('the estimate of a text is the number of its bytes, as Java counts them for its caches', () => {
    for (const text of ['', 'abc', 'é', '\u{1f600}', '\ud800', 'a'.repeat(100), 'é'.repeat(100)]) {
      const out = new BytesWriter()
      fastSerdeOf(serdes.string).write(text, out, context)
      assert.equal(fastSerdeOf(serdes.string).estimate?.(text), out.position)
    }
  })

  test('wrapping serdes pass on prepare', async () => {
    const prepared: string[] = []
    const inner: Serde<string> = {
      ...upper,
      prepare: (topic) => {
        prepared.push(topic)
        return Promise.resolve()
      },
    }
    await serdes.list(serdes.nullable(inner)).prepare?.('orders', false)
    assert.deepEqual(prepared, ['orders'])
  })
})
