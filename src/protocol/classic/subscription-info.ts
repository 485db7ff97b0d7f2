import { assert } from '../../base/assert.ts'
import type { BytesReader } from '../../base/bytes-reader.ts'
import { BytesWriter } from '../../base/bytes-writer.ts'
import { compareTaskIds, type TaskId } from '../task-id.ts'
import { readArray, readClassic } from './read-classic.ts'

/**
 * The versions of subscription and assignment data that are written and read whole: 3, of Kafka Streams 2.0, is the first with which members
 * of several versions can be in one group, 11 the latest.
 */
export const CLASSIC_INFO_VERSIONS = { first: 3, latest: 11 } as const

/** From this version a member tells how far its tasks are, before only which it has. */
const OFFSET_SUMS_VERSION = 7

/** The `offsetSum` of an active task that runs. */
export const LATEST_OFFSET = -2

/** The `offsetSum` of a task whose offsets are not known. */
export const UNKNOWN_OFFSET_SUM = -3

/** How far an instance has restored a task. */
export interface TaskOffsetSum {
  readonly task: TaskId
  /** The sum of the offsets of the task's changelog partitions, `LATEST_OFFSET` or `UNKNOWN_OFFSET_SUM`. */
  readonly offsetSum: number
}

/** What a Kafka Streams instance says of itself when it joins a classic group: the user data of its subscription (N§2.3). */
export interface SubscriptionInfo {
  /** 3 to 11; above 11 only the first two fields were read and the rest is empty. */
  readonly version: number
  readonly latestSupportedVersion: number
  /** UUID text of 36 characters; one per process. */
  readonly processId: string
  /** `host:port`, empty for none. */
  readonly userEndpoint: string
  /** Sorted by task when read. Tasks of named topologies are left out. */
  readonly taskOffsetSums: readonly TaskOffsetSum[]
  /** int8, another one in every subscription of a member. From version 8. */
  readonly uniqueField: number
  /** 0 none, 4 shutdown requested. From version 9. */
  readonly errorCode: number
  /** From version 11. */
  readonly clientTags: ReadonlyMap<string, string>
}

/** Writes the user data of a subscription in `info.version`. */
export function encodeSubscriptionInfo(info: SubscriptionInfo): Buffer {
  const { version } = info
  const { first, latest } = CLASSIC_INFO_VERSIONS
  assert(version >= first && version <= latest, `subscription data is written in versions ${first} to ${latest}, not ${version}`)
  const writer = new BytesWriter()
  writer.int32(version)
  writer.int32(info.latestSupportedVersion)
  writer.bytes(Buffer.from(info.processId.replaceAll('-', ''), 'hex'))
  if (version < OFFSET_SUMS_VERSION) writePreviousTasks(writer, info.taskOffsetSums)
  writeBytes(writer, info.userEndpoint)
  if (version >= 10) writeFlatSums(writer, info.taskOffsetSums)
  else if (version >= OFFSET_SUMS_VERSION) writeGroupedSums(writer, info.taskOffsetSums)
  if (version >= 8) writer.int8(info.uniqueField)
  if (version >= 9) writer.int32(info.errorCode)
  if (version >= 11) {
    writer.int32(info.clientTags.size)
    for (const [key, value] of info.clientTags) {
      writeBytes(writer, key)
      writeBytes(writer, value)
    }
  }
  return writer.written()
}

/** Reads the user data of a subscription. Throws `ClusterError` `MALFORMED_MESSAGE`, also for versions below 3. */
export function decodeSubscriptionInfo(bytes: Buffer): SubscriptionInfo {
  return readClassic('the subscription data of a Kafka Streams instance', bytes, readInfo)
}

function readInfo(reader: BytesReader): SubscriptionInfo {
  const version = reader.int32()
  const { first, latest } = CLASSIC_INFO_VERSIONS
  if (version < first) throw new RangeError(`its version is ${version}, at least ${first} (Kafka Streams 2.0) is required`)
  const latestSupportedVersion = reader.int32()
  if (version > latest) return { ...nothing, version, latestSupportedVersion }
  const processId = readUuidText(reader)
  const previousTasks = version < OFFSET_SUMS_VERSION ? readPreviousTasks(reader) : []
  const userEndpoint = reader.utf8(reader.int32())
  return {
    version,
    latestSupportedVersion,
    processId,
    userEndpoint,
    taskOffsetSums: [...previousTasks, ...readOffsetSums(reader, version)].sort((a, b) => compareTaskIds(a.task, b.task)),
    uniqueField: version >= 8 ? reader.int8() : 0,
    errorCode: version >= 9 ? reader.int32() : 0,
    clientTags: version >= 11 ? readTags(reader) : nothing.clientTags,
  }
}

const nothing: Omit<SubscriptionInfo, 'version' | 'latestSupportedVersion'> = {
  processId: '00000000-0000-0000-0000-000000000000',
  userEndpoint: '',
  taskOffsetSums: [],
  uniqueField: 0,
  errorCode: 0,
  clientTags: new Map(),
}

function writeBytes(writer: BytesWriter, text: string): void {
  writer.int32(Buffer.byteLength(text))
  writer.utf8(text)
}

function writePreviousTasks(writer: BytesWriter, sums: readonly TaskOffsetSum[]): void {
  const isActive = ({ offsetSum }: TaskOffsetSum): boolean => offsetSum === LATEST_OFFSET
  for (const tasks of [sums.filter(isActive), sums.filter((sum) => !isActive(sum))]) {
    writer.int32(tasks.length)
    for (const { task } of tasks) {
      writer.int32(task.subtopology)
      writer.int32(task.partition)
    }
  }
}

/** Active tasks, then standbys, of which nothing else is told. */
function readPreviousTasks(reader: BytesReader): TaskOffsetSum[] {
  return [LATEST_OFFSET, UNKNOWN_OFFSET_SUM].flatMap((offsetSum) =>
    readArray(reader, 8, () => ({ task: { subtopology: reader.int32(), partition: reader.int32() }, offsetSum })),
  )
}

function readOffsetSums(reader: BytesReader, version: number): TaskOffsetSum[] {
  if (version < OFFSET_SUMS_VERSION) return []
  return version >= 10 ? readFlatSums(reader) : readGroupedSums(reader)
}

function writeFlatSums(writer: BytesWriter, sums: readonly TaskOffsetSum[]): void {
  writer.int32(sums.length)
  for (const { task, offsetSum } of sums) {
    writer.int32(task.subtopology)
    writer.int32(task.partition)
    writer.int64(offsetSum)
    // No named topology.
    writer.int16(-1)
  }
}

function writeGroupedSums(writer: BytesWriter, sums: readonly TaskOffsetSum[]): void {
  const groups = Map.groupBy(sums, ({ task }) => task.subtopology)
  writer.int32(groups.size)
  for (const [subtopology, members] of groups) {
    writer.int32(subtopology)
    writer.int32(members.length)
    for (const { task, offsetSum } of members) {
      writer.int32(task.partition)
      writer.int64(offsetSum)
    }
  }
}

function readFlatSums(reader: BytesReader): TaskOffsetSum[] {
  const sums: TaskOffsetSum[] = []
  readArray(reader, 18, () => {
    const task = { subtopology: reader.int32(), partition: reader.int32() }
    const offsetSum = reader.int64()
    const namedTopologyLength = reader.int16()
    if (namedTopologyLength < 0) sums.push({ task, offsetSum })
    else reader.skip(namedTopologyLength)
  })
  return sums
}

function readGroupedSums(reader: BytesReader): TaskOffsetSum[] {
  return readArray(reader, 8, () => {
    const subtopology = reader.int32()
    return readArray(reader, 12, () => ({ task: { subtopology, partition: reader.int32() }, offsetSum: reader.int64() }))
  }).flat()
}

function readTags(reader: BytesReader): ReadonlyMap<string, string> {
  return new Map(readArray(reader, 8, () => [reader.utf8(reader.int32()), reader.utf8(reader.int32())]))
}

function readUuidText(reader: BytesReader): string {
  return reader
    .slice(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
