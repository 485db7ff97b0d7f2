import { assert } from '../../base/assert.ts'
import type { BytesReader } from '../../base/bytes-reader.ts'
import { BytesWriter } from '../../base/bytes-writer.ts'
import type { TaskId } from '../task-id.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { readModifiedUtf8, writeModifiedUtf8 } from './modified-utf8.ts'
import { readArray, readClassic } from './read-classic.ts'
import { CLASSIC_INFO_VERSIONS } from './subscription-info.ts'

/** A standby task and its input partitions. */
export interface StandbyTaskPartitions {
  readonly task: TaskId
  readonly partitions: readonly TopicPartition[]
}

/** The partitions that the instance at an endpoint has. */
export interface HostPartitions {
  readonly host: string
  readonly port: number
  readonly partitions: readonly TopicPartition[]
}

/** What the leader of a classic Kafka Streams group tells an instance: the user data of its assignment (N§2.4). */
export interface AssignmentInfo {
  /** 3 to 11. */
  readonly version: number
  /** The highest version that every member of the group can read. */
  readonly commonlySupportedVersion: number
  /** One entry per assigned partition, in the order of the assigned partitions sorted by topic and partition. */
  readonly activeTasks: readonly TaskId[]
  readonly standbyTasks: readonly StandbyTaskPartitions[]
  /** Who has which partitions as active tasks, for interactive queries. */
  readonly partitionsByHost: readonly HostPartitions[]
  /** From version 6; empty before. */
  readonly standbyPartitionsByHost: readonly HostPartitions[]
  /** 0 none, 1 incomplete source topic metadata, 3 assignment error, 4 shutdown requested. With another than 0 there are no tasks. From version 4. */
  readonly errorCode: number
  /** Epoch milliseconds of the next rebalance that the instance must ask for; 0 = now, `Infinity` = none. From version 7. */
  readonly nextRebalanceMs: number
}

/** From these versions there are the error code, the dictionary of topics, where standbys are, and the next rebalance. */
const since = { errorCode: 4, dictionary: 5, standbyHosts: 6, nextRebalance: 7 } as const

/** From this version task ids carry the name of their topology. */
const NAMED_TOPOLOGY_VERSION = 10

/** Writes the user data of an assignment in `info.version`. */
export function encodeAssignmentInfo(info: AssignmentInfo): Buffer {
  const { version } = info
  const { first, latest } = CLASSIC_INFO_VERSIONS
  assert(version >= first && version <= latest, `assignment data is written in versions ${first} to ${latest}, not ${version}`)
  const writer = new BytesWriter()
  writer.int32(version)
  writer.int32(info.commonlySupportedVersion)
  writer.int32(info.activeTasks.length)
  for (const task of info.activeTasks) writeTaskId(writer, task, version)
  writer.int32(info.standbyTasks.length)
  for (const { task, partitions } of info.standbyTasks) {
    writeTaskId(writer, task, version)
    writer.int32(partitions.length)
    for (const { topic, partition } of partitions) {
      writeModifiedUtf8(writer, topic)
      writer.int32(partition)
    }
  }
  if (version >= since.dictionary) writeHosts(writer, info)
  else writeHostsInFull(writer, info.partitionsByHost)
  if (version >= since.errorCode) writer.int32(info.errorCode)
  if (version >= since.nextRebalance) writer.int64(info.nextRebalanceMs)
  return writer.written()
}

/** Reads the user data of an assignment. Throws `ClusterError` `MALFORMED_MESSAGE`, also for versions other than 3 to 11. */
export function decodeAssignmentInfo(bytes: Buffer): AssignmentInfo {
  return readClassic('the assignment data of a Kafka Streams instance', bytes, (reader) => {
    const version = reader.int32()
    const { first, latest } = CLASSIC_INFO_VERSIONS
    if (version < first || version > latest) throw new RangeError(`its version is ${version}, ${first} to ${latest} are required`)
    const commonlySupportedVersion = reader.int32()
    const activeTasks = readArray(reader, 8, () => readTaskId(reader, version))
    const standbyTasks = readArray(reader, 12, () => ({
      task: readTaskId(reader, version),
      partitions: readArray(reader, 6, () => ({ topic: readModifiedUtf8(reader), partition: reader.int32() })),
    }))
    const topics = version >= since.dictionary ? new Map(readArray(reader, 6, () => [reader.int32(), readModifiedUtf8(reader)])) : null
    const partitionsByHost = readArray(reader, 10, () => readHost(reader, topics))
    const standbyPartitionsByHost = version >= since.standbyHosts ? readArray(reader, 10, () => readHost(reader, topics)) : []
    const errorCode = version >= since.errorCode ? reader.int32() : 0
    const nextRebalanceMs = version >= since.nextRebalance ? reader.int64() : Infinity
    const tasks = { activeTasks, standbyTasks, partitionsByHost, standbyPartitionsByHost }
    return { version, commonlySupportedVersion, ...tasks, errorCode, nextRebalanceMs }
  })
}

function writeTaskId(writer: BytesWriter, task: TaskId, version: number): void {
  writer.int32(task.subtopology)
  writer.int32(task.partition)
  if (version >= NAMED_TOPOLOGY_VERSION) writer.int32(0)
}

function readTaskId(reader: BytesReader, version: number): TaskId {
  const task = { subtopology: reader.int32(), partition: reader.int32() }
  const nameLength = version >= NAMED_TOPOLOGY_VERSION ? reader.int32() : 0
  if (nameLength !== 0) throw new RangeError(`task ${task.subtopology}_${task.partition} is of a named topology, which is not supported`)
  return task
}

function writeHostsInFull(writer: BytesWriter, hosts: readonly HostPartitions[]): void {
  writer.int32(hosts.length)
  for (const { host, port, partitions } of hosts) {
    writeModifiedUtf8(writer, host)
    writer.int32(port)
    writer.int32(partitions.length)
    for (const { topic, partition } of partitions) {
      writeModifiedUtf8(writer, topic)
      writer.int32(partition)
    }
  }
}

// Both host maps share one dictionary of topics, numbered as they appear.
function writeHosts(writer: BytesWriter, info: AssignmentInfo): void {
  const hostMaps = info.version >= since.standbyHosts ? [info.partitionsByHost, info.standbyPartitionsByHost] : [info.partitionsByHost]
  const indexes = new Map<string, number>()
  for (const { partitions } of hostMaps.flat()) {
    for (const { topic } of partitions) if (!indexes.has(topic)) indexes.set(topic, indexes.size)
  }
  writer.int32(indexes.size)
  for (const [topic, index] of indexes) {
    writer.int32(index)
    writeModifiedUtf8(writer, topic)
  }
  for (const hosts of hostMaps) {
    writer.int32(hosts.length)
    for (const { host, port, partitions } of hosts) {
      writeModifiedUtf8(writer, host)
      writer.int32(port)
      writer.int32(partitions.length)
      for (const { topic, partition } of partitions) {
        writer.int32(indexes.get(topic)!)
        writer.int32(partition)
      }
    }
  }
}

/** `topics`: the dictionary; null: topics are written in full. */
function readHost(reader: BytesReader, topics: ReadonlyMap<number, string> | null): HostPartitions {
  const host = readModifiedUtf8(reader)
  const port = reader.int32()
  const partitions = readArray(reader, topics === null ? 6 : 8, () => {
    if (topics === null) return { topic: readModifiedUtf8(reader), partition: reader.int32() }
    const index = reader.int32()
    const topic = topics.get(index)
    if (topic === undefined) throw new RangeError(`topic index ${index} is not in the dictionary`)
    return { topic, partition: reader.int32() }
  })
  return { host, port, partitions }
}
