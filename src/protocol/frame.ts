import { ClusterError } from '../base/errors.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, isFlexible } from './codec.ts'
import { MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import { type Api, apiSchemas, findApi, type RequestOf, type ResponseOf } from './messages.ts'
import { primitiveCodec } from './primitive-codec.ts'

/** The header of a request (protocol.md 0.1). */
export interface RequestHeader {
  readonly apiKey: number
  readonly version: number
  /** Chosen by the client, repeated in the response. */
  readonly correlationId: number
  readonly clientId: string | null
}

/** What a client puts before a request of `api`. */
export interface RequestEnvelope<A extends Api> {
  readonly api: A
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** What a broker puts before a response of `api`. */
export interface ResponseEnvelope<A extends Api> {
  readonly api: A
  readonly version: number
  readonly correlationId: number
}

const SIZE_BYTES = 4
const USUAL_BYTES = 256
// The client id is never compact, not even in flexible headers.
const clientIdCodec = primitiveCodec('string', false, true)

/** A whole request as it goes over a stream, size first, in pieces for a gathered write. Throws as `encodeRequest`. */
export function encodeRequestFrame<A extends Api>(envelope: RequestEnvelope<A>, request: RequestOf<A>): Buffer[] {
  const { api, version, correlationId, clientId } = envelope
  // Shared memory: most requests are short, or short but for their records, and memory of its own costs more than all of the encoding.
  const writer = new MessageWriter(Buffer.allocUnsafe(USUAL_BYTES))
  writer.out.int32(0)
  encodeRequestHeader({ apiKey: apiSchemas[api].key, version, correlationId, clientId }, writer)
  encodeRequest(api, version, request, writer)
  return sealFrame(writer)
}

/** A whole response as it goes over a stream, size first, in pieces for a gathered write. Throws as `encodeResponse`. */
export function encodeResponseFrame<A extends Api>(envelope: ResponseEnvelope<A>, response: ResponseOf<A>): Buffer[] {
  const { api, version, correlationId } = envelope
  const writer = new MessageWriter()
  writer.out.int32(0)
  writer.out.int32(correlationId)
  if (hasFlexibleResponseHeader(api, version)) writer.out.uvarint(0)
  encodeResponse(api, version, response, writer)
  return sealFrame(writer)
}

/** Appends the header of a request. */
export function encodeRequestHeader(header: RequestHeader, writer: MessageWriter): void {
  writer.out.int16(header.apiKey)
  writer.out.int16(header.version)
  writer.out.int32(header.correlationId)
  clientIdCodec.write(header.clientId, writer)
  if (hasFlexibleRequestHeader(header.apiKey, header.version)) writer.out.uvarint(0)
}

/**
 * Reads the header of a request: `reader` stands behind the size, and behind the header afterwards. An unknown API is not an error here:
 * the caller decides. Throws `ClusterError` `MALFORMED_MESSAGE`.
 */
export function decodeRequestHeader(reader: MessageReader): RequestHeader {
  return orMalformed('a request header', () => {
    const apiKey = reader.in.int16()
    const version = reader.in.int16()
    const correlationId = reader.in.int32()
    const clientId = clientIdCodec.read(reader) as string | null
    if (hasFlexibleRequestHeader(apiKey, version)) skipTagged(reader)
    return { apiKey, version, correlationId, clientId }
  })
}

/** Reads the body of a request to the end of `reader`. Throws `ClusterError` `MALFORMED_MESSAGE`, also when bytes are left. */
export function decodeRequestBody<A extends Api>(api: A, version: number, reader: MessageReader): RequestOf<A> {
  const request = decodeRequest(api, version, reader)
  requireEnd(reader, `the request ${api} of version ${version}`)
  return request
}

/** The correlation id of a response (`frame` is without the size), which tells the API and version to decode it with. */
export function readCorrelationId(frame: Buffer): number {
  return orMalformed('a response header', () => new MessageReader(frame).in.int32())
}

/**
 * Reads a response: `frame` is without the size. Throws `ClusterError` `MALFORMED_MESSAGE`, also when the correlation id differs from the
 * one that was sent or bytes are left.
 */
export function decodeResponseFrame<A extends Api>(envelope: ResponseEnvelope<A>, frame: Buffer): ResponseOf<A> {
  const { api, version, correlationId } = envelope
  const reader = new MessageReader(frame)
  const what = `the response ${api} of version ${version}`
  orMalformed(what, () => {
    const found = reader.in.int32()
    if (found !== correlationId) throw new RangeError(`its correlation id is ${found}, ${correlationId} was sent`)
    if (hasFlexibleResponseHeader(api, version)) skipTagged(reader)
  })
  const response = decodeResponse(api, version, reader)
  requireEnd(reader, what)
  return response
}

function hasFlexibleRequestHeader(apiKey: number, version: number): boolean {
  const api = findApi(apiKey)
  return api !== undefined && isFlexible(apiSchemas[api], version)
}

// A client must be able to read the answer to its first ApiVersions request, whatever version the broker knows.
function hasFlexibleResponseHeader(api: Api, version: number): boolean {
  return api !== 'ApiVersions' && isFlexible(apiSchemas[api], version)
}

function skipTagged(reader: MessageReader): void {
  for (let count = reader.in.uvarint(); count > 0; count--) {
    reader.in.uvarint()
    reader.in.skip(reader.in.uvarint())
  }
}

function sealFrame(writer: MessageWriter): Buffer[] {
  writer.out.buffer.writeInt32BE(writer.length - SIZE_BYTES, 0)
  return writer.chunks()
}

function requireEnd(reader: MessageReader, what: string): void {
  const left = reader.in.remaining
  if (left > 0) throw new ClusterError('MALFORMED_MESSAGE', `Cannot read ${what}: ${left} bytes follow its last field`)
}

function orMalformed<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new ClusterError('MALFORMED_MESSAGE', `Cannot read ${what}: ${cause.message}`, { cause })
  }
}
