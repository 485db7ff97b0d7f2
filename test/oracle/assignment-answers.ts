import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMillraceError } from '../../src/base/errors.ts'
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

/** What is wrong with the assignment of a custom assignor, as Java calls it. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/is not of the topology/, 'UNKNOWN_TASK_ID'],
  [/is active on/, 'ACTIVE_TASK_ASSIGNED_MULTIPLE_TIMES'],
  [/has no stores/, 'INVALID_STANDBY_TASK'],
  [/has no assignment/, 'MISSING_PROCESS_ID'],
  [/is not of the group/, 'UNKNOWN_PROCESS_ID'],
]

/** The assignment of a group, by member, or why there is none. */
export type GroupAnswer = Readonly<Record<string, ComparableAssignment>> | Refusal

/** The mistake of a custom assignor. */
export interface Refusal {
  readonly refused: string
}

/** Whether there is no assignment. */
export function isRefusal(answer: GroupAnswer): answer is Refusal {
  return typeof answer['refused'] === 'string'
}

/** Java's answer. Throws if it is an error other than that a custom assignor has made a mistake. */
export function readJavaAssignments(answer: JavaAssignments): GroupAnswer {
  if ('error' in answer) {
    const error = JSON.stringify(answer['error'])
    const refused = refusals.find(([, code]) => error.includes(`error: ${code}`))?.[1]
    if (refused === undefined) throw new Error(`Java does not assign: ${error}`)
    return { refused }
  }
  return Object.fromEntries(
    Object.entries(answer).map(([member, { partitions = [], info }]) => [
      member,
      comparable(partitions, decodeAssignmentInfo(Buffer.from(info, 'hex'))),
    ]),
  )
}

/** Our assignment of a group, as it comes out of its bytes. */
export function assignGroup(group: AssignmentGroup): GroupAnswer {
  const assigned = tryToAssign(group)
  if (assigned instanceof Error) return { refused: refusals.find(([message]) => message.test(assigned.message))![1] }
  const members = [...assigned].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    members.map(([member, { partitions, info }]) => [
      member,
      comparable(partitions.map(textOf), decodeAssignmentInfo(encodeAssignmentInfo(info))),
    ]),
  )
}

function tryToAssign({ assignor, options, custom, input }: AssignmentGroup): ReadonlyMap<string, MemberAssignment> | Error {
  const choices = { 'high-availability': 'high-availability', prior: 'high-availability', sticky: 'sticky', custom: () => custom } as const
  try {
    return createTaskAssigner(choices[assignor], options).assign(input)
  } catch (error) {
    if (isMillraceError(error) && error.code === 'ASSIGNMENT_INVALID') return error
    throw error
  }
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
