import { ClusterError } from '../../base/errors.ts'
import { MessageReader } from '../message-reader.ts'
import { MessageWriter } from '../message-writer.ts'
import type { ValueCodec } from '../primitive-codec.ts'
import type { FieldSchema } from '../schema.ts'
import { structCodec } from '../struct-codec.ts'

/** Partitions of one topic, ascending. */
export interface ConsumerProtocolPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** What a member of a classic consumer group says when it joins: the `metadata` of JoinGroup (N§2.2). */
export interface ConsumerProtocolSubscription {
  /** Sorted by name. */
  readonly topics: readonly string[]
  /** For Kafka Streams, a `SubscriptionInfo`. */
  readonly userData: Buffer | null
  /** Sorted by topic. */
  readonly ownedPartitions: readonly ConsumerProtocolPartitions[]
  /** The generation in which they were assigned, -1 for none. */
  readonly generationId: number
  readonly rackId: string | null
}

/** What the leader of a classic consumer group assigns to a member: the `assignment` of SyncGroup (N§2.2). */
export interface ConsumerProtocolAssignment {
  /** Sorted by topic. */
  readonly assignedPartitions: readonly ConsumerProtocolPartitions[]
  /** For Kafka Streams, an `AssignmentInfo`. */
  readonly userData: Buffer | null
}

/** The version that is written, and the last one that is known. */
export const CONSUMER_PROTOCOL_VERSION = 3

const partitionsFields: readonly FieldSchema[] = [
  { name: 'topic', type: 'string' },
  { name: 'partitions', type: '[]int32' },
]

/** The fields of `ConsumerProtocolSubscription`, versions 0 to 3. */
export const consumerProtocolSubscriptionFields: readonly FieldSchema[] = [
  { name: 'topics', type: '[]string' },
  { name: 'userData', type: 'bytes', nullable: true, default: null },
  { name: 'ownedPartitions', type: '[]struct', since: 1, ignorable: true, fields: partitionsFields },
  { name: 'generationId', type: 'int32', since: 2, default: -1, ignorable: true },
  { name: 'rackId', type: 'string', since: 3, nullable: true, default: null, ignorable: true },
]

/** The fields of `ConsumerProtocolAssignment`, versions 0 to 3. */
export const consumerProtocolAssignmentFields: readonly FieldSchema[] = [
  { name: 'assignedPartitions', type: '[]struct', fields: partitionsFields },
  { name: 'userData', type: 'bytes', nullable: true, default: null },
]

/** Writes a subscription as version 3. */
export function encodeSubscription(subscription: ConsumerProtocolSubscription): Buffer {
  return encode(subscriptionCodecs, subscription)
}

/** Reads a subscription of any version; of one above 3, what version 3 has. Throws `ClusterError` `MALFORMED_MESSAGE`. */
export function decodeSubscription(bytes: Buffer): ConsumerProtocolSubscription {
  return decode('a consumer protocol subscription', subscriptionCodecs, bytes) as ConsumerProtocolSubscription
}

/** Writes an assignment as version 3. */
export function encodeAssignment(assignment: ConsumerProtocolAssignment): Buffer {
  return encode(assignmentCodecs, assignment)
}

/** Reads an assignment of any version; of one above 3, what version 3 has. Throws `ClusterError` `MALFORMED_MESSAGE`. */
export function decodeAssignment(bytes: Buffer): ConsumerProtocolAssignment {
  return decode('a consumer protocol assignment', assignmentCodecs, bytes) as ConsumerProtocolAssignment
}

const subscriptionCodecs = codecsOf(consumerProtocolSubscriptionFields)
const assignmentCodecs = codecsOf(consumerProtocolAssignmentFields)

function codecsOf(fields: readonly FieldSchema[]): readonly ValueCodec[] {
  return Array.from({ length: CONSUMER_PROTOCOL_VERSION + 1 }, (_, version) => structCodec(fields, { version, flexible: false }))
}

function encode(codecs: readonly ValueCodec[], value: unknown): Buffer {
  const writer = new MessageWriter()
  writer.out.int16(CONSUMER_PROTOCOL_VERSION)
  codecs[CONSUMER_PROTOCOL_VERSION]!.write(value, writer)
  return writer.toBuffer()
}

function decode(what: string, codecs: readonly ValueCodec[], bytes: Buffer): unknown {
  try {
    const reader = new MessageReader(bytes)
    const version = reader.in.int16()
    if (version < 0) throw new RangeError(`its version is ${version}`)
    return codecs[Math.min(version, CONSUMER_PROTOCOL_VERSION)]!.read(reader)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new ClusterError('MALFORMED_MESSAGE', `Cannot read ${what}: ${cause.message}`, { cause })
  }
}
