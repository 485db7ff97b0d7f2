import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMillraceError } from '../../src/base/errors.ts'
import type { ApplicationState, ProcessAssignment } from '../../src/assignor/custom/application-state.ts'
import {
  defaultStandbyTaskAssignment,
  identityAssignment,
  optimizeRackAwareActiveTasks,
  optimizeRackAwareStandbyTasks,
} from '../../src/assignor/custom/assignment-tools.ts'
import type { TaskAssignor } from '../../src/assignor/custom/custom-assignor.ts'
import type { AssignmentError } from '../../src/assignor/custom/validate-assignment.ts'
import { createTaskAssigner } from '../../src/assignor/task-assigner.ts'
import type { MemberAssignment } from '../../src/client/membership/assign-tasks.ts'
import { decodeAssignmentInfo, encodeAssignmentInfo, type HostPartitions } from '../../src/protocol/classic/assignment-info.ts'
import { formatTaskId } from '../../src/protocol/task-id.ts'
import type { TopicPartition } from '../../src/protocol/topic-partition.ts'
import { type AssignmentGroup, toJavaLine } from '../golden/assignment-groups.ts'
import { runJava } from './run-java.ts'

const NEXT_REBALANCE_VERSION = 7

/** What Java's leader sends: for each member the text of its partitions, and its assignment data as hex. */
export type JavaMembers = Readonly<Record<string, { readonly partitions?: readonly string[]; readonly info: string }>>

/** What Java's leader does. */
export interface JavaAssignments {
  readonly members?: JavaMembers
  /** Why it sends nothing. */
  readonly error?: string
  /** What a custom assignor was told then. */
  readonly computed?: { readonly error: AssignmentError; readonly members: JavaMembers; readonly subscribed: readonly string[] }
}

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

/** The assignment of a group, by member, or the mistake of a custom assignor; and what that was told. */
export interface GroupAnswer {
  readonly members?: Readonly<Record<string, ComparableAssignment>>
  readonly refused?: AssignmentError
  readonly told?: ComparableComputed
}

/** What `onAssignmentComputed` is told. */
interface ComparableComputed {
  readonly error: AssignmentError
  readonly subscribed: readonly string[]
  readonly members: Readonly<Record<string, ComparableMember>>
}

interface ComparableMember {
  readonly partitions: readonly string[]
  readonly active: readonly string[]
  readonly standby: readonly string[]
  readonly nextRebalanceMs: number
}

/** Java's answer. Throws if it is an error other than that a custom assignor has made a mistake. */
export function readJavaAssignments({ members, error, computed }: JavaAssignments): GroupAnswer {
  const refused = computed === undefined || computed.error === 'NONE' ? undefined : computed.error
  if (error !== undefined && (refused === undefined || !error.endsWith(`error: ${refused}`)))
    throw new Error(`Java does not assign: ${error}`)
  const told = computed && {
    error: computed.error,
    subscribed: computed.subscribed ?? [],
    members: mapValues(computed.members, ({ partitions = [], info }) => {
      const { activeTasks, standbyTasks, nextRebalanceMs } = decodeAssignmentInfo(Buffer.from(info, 'hex'))
      const active = [...new Set(activeTasks.map(formatTaskId))]
      return { partitions, active, standby: standbyTasks.map(({ task }) => formatTaskId(task)).sort(), nextRebalanceMs }
    }),
  }
  if (refused !== undefined) return { refused, told: told! }
  const sent = mapValues(members!, ({ partitions = [], info }) => comparable(partitions, decodeAssignmentInfo(Buffer.from(info, 'hex'))))
  return told === undefined ? { members: sent } : { members: sent, told }
}

/** Our assignment of a group, as it comes out of its bytes. */
export function assignGroup(group: AssignmentGroup): GroupAnswer {
  const { assignor, options, input } = group
  if (assignor !== 'custom') {
    const choice = assignor === 'sticky' ? 'sticky' : 'high-availability'
    return { members: sentMembers(createTaskAssigner(choice, options).assign(input)) }
  }
  let told: ComparableComputed | undefined
  const custom: TaskAssignor = {
    assign: (state) => applySteps(group, state),
    onAssignmentComputed(assignment, subscription, error) {
      const members = Object.fromEntries(
        Array.from(assignment, ([member, { partitions, active, standby, nextRebalanceMs }]): [string, ComparableMember] => [
          member,
          {
            partitions: partitions.map(textOf),
            active,
            standby: [...standby].sort(),
            // Older versions do not say it.
            nextRebalanceMs: input.usedVersion < NEXT_REBALANCE_VERSION ? Infinity : nextRebalanceMs,
          },
        ]),
      )
      told = { error, subscribed: [...subscription.keys()].sort(), members }
    },
  }
  try {
    const members = sentMembers(createTaskAssigner(custom, options).assign(input))
    return { members, told: told! }
  } catch (error) {
    if (!isMillraceError(error) || error.code !== 'ASSIGNMENT_INVALID') throw error
    return { refused: told!.error, told: told! }
  }
}

function applySteps({ custom, steps }: AssignmentGroup, state: ApplicationState): readonly ProcessAssignment[] {
  let assignments: readonly ProcessAssignment[] = custom
  for (const { call, ...params } of steps) {
    if (call === 'identity') assignments = identityAssignment(state)
    else if (call === 'standbys') assignments = defaultStandbyTaskAssignment(state, assignments)
    else if (call === 'active') assignments = optimizeRackAwareActiveTasks(state, assignments, params)
    else assignments = optimizeRackAwareStandbyTasks(state, assignments, params)
  }
  return assignments
}

function sentMembers(assigned: ReadonlyMap<string, MemberAssignment>): Readonly<Record<string, ComparableAssignment>> {
  const members = [...assigned].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    members.map(([member, { partitions, info }]) => [
      member,
      comparable(partitions.map(textOf), decodeAssignmentInfo(encodeAssignmentInfo(info))),
    ]),
  )
}

function mapValues<V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
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
