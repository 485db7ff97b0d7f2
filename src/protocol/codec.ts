import { AssertionError } from '../base/assert.ts'
import { ClusterError } from '../base/errors.ts'
import { MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import { type Api, apiSchemas, type RequestOf, type ResponseOf } from './messages.ts'
import type { ValueCodec } from './primitive-codec.ts'
import type { ApiSchema } from './schema.ts'
import { structCodec, UnsupportedFieldError } from './struct-codec.ts'

/** Which half of an API a message is. */
export type Direction = 'request' | 'response'

/** Kafka's UNSUPPORTED_VERSION, as far as the codec must know it. */
const UNSUPPORTED_VERSION = 35

/**
 * Appends the body of a request. Throws `ClusterError` `UNSUPPORTED_VERSION` when the schema lacks `version` or a field holds what this
 * version cannot carry.
 */
export function encodeRequest<A extends Api>(api: A, version: number, request: RequestOf<A>, writer: MessageWriter): void {
  encode('request', apiSchemas[api], version, { message: request, writer })
}

/** Reads the body of a request from `reader` and leaves it behind it. Throws `ClusterError` `MALFORMED_MESSAGE` or `UNSUPPORTED_VERSION`. */
export function decodeRequest<A extends Api>(api: A, version: number, reader: MessageReader): RequestOf<A> {
  return decode('request', apiSchemas[api], version, reader) as RequestOf<A>
}

/**
 * Appends the body of a response; the mirror of `encodeRequest`. An ApiVersions response with UNSUPPORTED_VERSION is written as version 0
 * whatever `version` says: all that a client of unknown versions can read.
 */
export function encodeResponse<A extends Api>(api: A, version: number, response: ResponseOf<A>, writer: MessageWriter): void {
  const isRefusal = api === 'ApiVersions' && (response as ResponseOf<'ApiVersions'>).errorCode === UNSUPPORTED_VERSION
  encode('response', apiSchemas[api], isRefusal ? 0 : version, { message: response, writer })
}

/**
 * Reads the body of a response; the mirror of `decodeRequest`. An ApiVersions response with UNSUPPORTED_VERSION is read as version 0
 * whatever `version` says, because that is what a broker sends then.
 */
export function decodeResponse<A extends Api>(api: A, version: number, reader: MessageReader): ResponseOf<A> {
  const isRefusal =
    api === 'ApiVersions' && reader.in.remaining >= 2 && reader.in.buffer.readInt16BE(reader.in.position) === UNSUPPORTED_VERSION
  return decode('response', apiSchemas[api], isRefusal ? 0 : version, reader) as ResponseOf<A>
}

/**
 * What the other side would read of `message` at `version`: encoded and decoded, so that fields which the version lacks hold their
 * default and nothing is shared but record batches, which pass by reference.
 */
export function passRequest<A extends Api>(api: A, version: number, request: RequestOf<A>): RequestOf<A> {
  const writer = new MessageWriter(256, 0)
  encodeRequest(api, version, request, writer)
  return decodeRequest(api, version, new MessageReader(writer.out.written(), writer.inserts))
}

/** The same as `passRequest` for a response. */
export function passResponse<A extends Api>(api: A, version: number, response: ResponseOf<A>): ResponseOf<A> {
  const writer = new MessageWriter(256, 0)
  encodeResponse(api, version, response, writer)
  return decodeResponse(api, version, new MessageReader(writer.out.written(), writer.inserts))
}

/** Whether `version` of `api` has compact lengths and tagged fields. Also right for versions that Millrace does not know. */
export function isFlexible(schema: ApiSchema, version: number): boolean {
  return schema.flexibleSince !== undefined && version >= schema.flexibleSince
}

function encode(
  direction: Direction,
  schema: ApiSchema,
  version: number,
  { message, writer }: { message: unknown; writer: MessageWriter },
): void {
  const codec = codecOf(direction, schema, version)
  try {
    codec.write(message, writer)
  } catch (cause) {
    const what = `Cannot write ${titleOf(direction, schema, version)}`
    if (cause instanceof UnsupportedFieldError) {
      const value = JSON.stringify(cause.value)
      throw new ClusterError('UNSUPPORTED_VERSION', `${what}: field "${cause.field}" is ${value}, which this version cannot carry`, {
        cause,
      })
    }
    throw new AssertionError(`${what}: field "${writer.field}" does not fit its type: ${String(cause)}`, { cause })
  }
}

function decode(direction: Direction, schema: ApiSchema, version: number, reader: MessageReader): unknown {
  const codec = codecOf(direction, schema, version)
  try {
    return codec.read(reader)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const what = titleOf(direction, schema, version)
    throw new ClusterError('MALFORMED_MESSAGE', `Cannot read ${what} at field "${reader.field}": ${cause.message}`, { cause })
  }
}

function titleOf(direction: Direction, schema: ApiSchema, version: number): string {
  return `the ${direction} ${schema.name} of version ${version}`
}

interface CompiledApi {
  readonly request: (ValueCodec | undefined)[]
  readonly response: (ValueCodec | undefined)[]
}

// Compiled when first used: most versions never are.
const compiled = new Map<ApiSchema, CompiledApi>()

function codecOf(direction: Direction, schema: ApiSchema, version: number): ValueCodec {
  let versions = compiled.get(schema)
  if (versions === undefined) compiled.set(schema, (versions = { request: [], response: [] }))
  return (versions[direction][version] ??= compile(direction, schema, version))
}

function compile(direction: Direction, schema: ApiSchema, version: number): ValueCodec {
  const [first, last] = schema.versions
  if (!(version >= first && version <= last)) {
    throw new ClusterError(
      'UNSUPPORTED_VERSION',
      `Cannot handle ${titleOf(direction, schema, version)}: versions ${first} to ${last} are supported`,
    )
  }
  return structCodec(schema[direction], { version, flexible: isFlexible(schema, version) })
}
