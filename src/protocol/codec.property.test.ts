import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isMillraceError } from '../base/errors.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, passRequest, passResponse } from './codec.ts'
import { MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import { type Api, apis, apiSchemas, type RequestOf, type ResponseOf } from './messages.ts'
import type { FieldSchema } from './schema.ts'
import { zeroUuid } from './uuid.ts'

// Goal: what is written is read again, for every message and version; and bytes that were never written do no harm. Method: messages
// are made up from the schema tables; fields that a version lacks hold their default.

type Message = RequestOf<Api> & ResponseOf<Api>

interface Way {
  readonly title: string
  readonly fields: readonly FieldSchema[]
  readonly encode: (api: Api, version: number, message: Message, writer: MessageWriter) => void
  readonly decode: (api: Api, version: number, reader: MessageReader) => unknown
  readonly pass: (api: Api, version: number, message: Message) => unknown
}

function waysOf(api: Api): readonly Way[] {
  return [
    { title: 'request', fields: apiSchemas[api].request, encode: encodeRequest, decode: decodeRequest, pass: passRequest },
    { title: 'response', fields: apiSchemas[api].response, encode: encodeResponse, decode: decodeResponse, pass: passResponse },
  ]
}

function isAbsent(field: FieldSchema, version: number): boolean {
  return version < (field.since ?? 0) || version > (field.until ?? Infinity)
}

function defaultOf(field: FieldSchema): unknown {
  if (field.default !== undefined) return field.default
  if (field.type.startsWith('[]')) return []
  if (field.type === 'struct') return Object.fromEntries(field.fields!.map((inner) => [inner.name, defaultOf(inner)]))
  return (
    { string: '', bool: false, uuid: zeroUuid, bytes: Buffer.alloc(0), records: null }[field.type as string] ??
    (field.type === 'records' ? null : 0)
  )
}

const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(Infinity, -Infinity, -1, 0))
const bytes = fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array))
const primitives: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer(),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  int64,
  float64: fc.double({ noNaN: true }),
  uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((array) => Buffer.from(array).toString('base64url')),
  string: fc.string({ unit: 'grapheme', maxLength: 6 }),
  bytes,
  records: fc.oneof(bytes, fc.constantFrom(Buffer.alloc(1024, 1), Buffer.alloc(3000, 2))),
}

function arbitraryStruct(fields: readonly FieldSchema[], version: number): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, arbitraryField(field, version)])), { noNullPrototype: true })
}

function arbitraryField(field: FieldSchema, version: number): fc.Arbitrary<unknown> {
  if (isAbsent(field, version)) return fc.constant(defaultOf(field))
  const isArray = field.type.startsWith('[]')
  const element = isArray ? field.type.slice(2) : field.type
  const one = element === 'struct' ? arbitraryStruct(field.fields!, version) : primitives[element]!
  const value = isArray ? fc.array(one, { maxLength: 3 }) : one
  const isNullable = field.nullable === true || version >= (field.nullable ?? Infinity)
  return isNullable ? fc.option(value, { freq: 4 }) : value
}

function versionsOf(api: Api): readonly number[] {
  const [first, last] = apiSchemas[api].versions
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

for (const api of apis) {
  for (const way of waysOf(api)) {
    test(`decoding gives what was encoded: ${way.title} ${api} in every version`, () => {
      for (const version of versionsOf(api)) {
        fc.assert(
          fc.property(arbitraryStruct(way.fields, version) as fc.Arbitrary<Message>, (message) => {
            const writer = new MessageWriter()
            way.encode(api, version, message, writer)
            const whole = writer.toBuffer()
            assert.equal(whole.length, writer.length)
            // The answer to an ApiVersions request that the broker does not know is of version 0.
            if (api === 'ApiVersions' && way.title === 'response' && whole.readInt16BE(0) === 35) return
            const reader = new MessageReader(whole)
            assert.deepEqual(way.decode(api, version, reader), message)
            assert.equal(reader.in.remaining, 0)
            assert.deepEqual(way.pass(api, version, message), message)
          }),
          { numRuns: 12 },
        )
      }
    })
  }
}

test('decoding damaged bytes gives a message or MALFORMED_MESSAGE, whatever the message', () => {
  const choice = fc.constantFrom(
    ...apis.flatMap((api) => versionsOf(api).flatMap((version) => waysOf(api).map((way) => ({ api, version, way })))),
  )
  const messages = choice.chain((chosen) => fc.tuple(fc.constant(chosen), arbitraryStruct(chosen.way.fields, chosen.version)))
  const damage = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat({ max: 3 }))
  fc.assert(
    fc.property(messages, fc.array(damage, { minLength: 1, maxLength: 4 }), ([{ api, version, way }, message], damages) => {
      const writer = new MessageWriter()
      way.encode(api, version, message as Message, writer)
      let damaged = Buffer.concat(writer.chunks())
      for (const [at, byte, kind] of damages) {
        if (damaged.length === 0) break
        if (kind === 0) damaged = damaged.subarray(0, at % damaged.length)
        else damaged[at % damaged.length] = kind === 1 ? 0xff : byte
      }
      try {
        way.decode(api, version, new MessageReader(damaged))
      } catch (error) {
        assert.ok(isMillraceError(error) && error.code === 'MALFORMED_MESSAGE', String(error))
      }
    }),
    { numRuns: 3000 },
  )
})
