import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTaskAssigner } from '../../src/assignor/task-assigner.ts'
import type { MemberAssignment } from '../../src/client/membership/assign-tasks.ts'
import { decodeAssignmentInfo, encodeAssignmentInfo, type HostPartitions } from '../../src/protocol/classic/assignment-info.ts'
import { formatTaskId } from '../../src/protocol/task-id.ts'
import type { TopicPartition } from '../../src/protocol/topic-partition.ts'
import { type AssignmentGroup, toJavaLine } from '../golden/assignment-groups.ts'
import { runJava } from './run-java.ts'

/** What Java's leader sends: for each member the text of its partitions, and its assignment data as hex. */
export type JavaAssignments = Readonly<Record<string, { readonly partitions?: readonly string[]; readonly info: string }>>

/** An assignment as text: lists that have an order keep it, sets are sorted. */
export interface ComparableAssignment {
  readonly partitions: readonly string[]
  readonly activeTasks: readonly string[]
  readonly standbyTasks: readonly string[]
  readonly hosts: readonly string[]
  readonly standbyHosts: readonly string[]
  readonly rest: string
}

/** Asks Java's leader for the assignment of each group, in one process. */
export function askJavaToAssign(groups: readonly AssignmentGroup[]): JavaAssignments[] {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-groups-'))
  try {
    const file = join(folder, 'groups.jsonl')
    writeFileSync(file, groups.map((group) => `${toJavaLine(group)}\n`).join(''))
    const lines = runJava('Assignments', 'org.apache.kafka.streams.processor.internals.Assignments', [file]).trimEnd().split('\n')
    return lines.map((line) => JSON.parse(line) as JavaAssignments)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Java's answer, by member. Throws if it is an error. */
export function readJavaAssignments(answer: JavaAssignments): Record<string, ComparableAssignment> {
  if ('error' in answer) throw new Error(`Java does not assign: ${JSON.stringify(answer['error'])}`)
  return Object.fromEntries(
    Object.entries(answer).map(([member, { partitions = [], info }]) => [
      member,
      comparable(partitions, decodeAssignmentInfo(Buffer.from(info, 'hex'))),
    ]),
  )
}

/** Our assignment of a group, by member, as it comes out of its bytes. */
export function assignGroup({ assignor, options, input }: AssignmentGroup): Record<string, ComparableAssignment> {
  const assigned = createTaskAssigner(assignor === 'sticky' ? 'sticky' : 'high-availability', options).assign(input)
  const members = [...assigned].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    members.map(([member, { partitions, info }]) => [
      member,
      comparable(partitions.map(textOf), decodeAssignmentInfo(encodeAssignmentInfo(info))),
    ]),
  )
}

function comparable(partitions: readonly string[], info: MemberAssignment['info']): ComparableAssignment {
  const { version, commonlySupportedVersion, errorCode, nextRebalanceMs } = info
  return {
    partitions,
    activeTasks: info.activeTasks.map(formatTaskId),
    standbyTasks: info.standbyTasks.map(({ task, partitions: own }) => `${formatTaskId(task)}: ${own.map(textOf).sort().join(' ')}`).sort(),
    hosts: hosts(info.partitionsByHost),
    standbyHosts: hosts(info.standbyPartitionsByHost),
    rest: `version ${version} of ${commonlySupportedVersion}, error ${errorCode}, next rebalance ${nextRebalanceMs}`,
  }
}

function hosts(given: readonly HostPartitions[]): string[] {
  return given.map(({ host, port, partitions }) => `${host}:${port} ${partitions.map(textOf).sort().join(' ')}`).sort()
}

function textOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
