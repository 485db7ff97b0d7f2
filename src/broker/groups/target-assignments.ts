import type { GroupHost } from '../group-host.ts'
import type { GroupConfigs } from './group-configs.ts'
import { type RoleTasks, noTasks } from './role-tasks.ts'
import { assignSticky } from './sticky-assignor.ts'
import type { StreamsGroup } from './streams-group.ts'

/** What a member shall get to. */
export interface MemberTarget {
  readonly epoch: number
  readonly tasks: RoleTasks
  /** Why the assignor has not run yet, or null. */
  readonly delay: string | null
}

/** Runs the assignor when the group epoch has moved on: after the initial delay, and not more often than the assignment interval says. */
export class TargetAssignments {
  readonly #host: GroupHost
  readonly #configs: GroupConfigs

  constructor(host: GroupHost, configs: GroupConfigs) {
    this.#host = host
    this.#configs = configs
  }

  /** The first member of an empty group has come: waits for others. */
  startInitialDelay(group: StreamsGroup, delayMs: number): void {
    if (delayMs === 0 || group.initialDelay !== null) return
    group.initialDelay = this.#host.environment.scheduler.after(delayMs, () => {
      group.initialDelay = null
      this.#compute(group)
    })
  }

  /** The target of one member, worked out anew if that is due. */
  targetOf(group: StreamsGroup, memberId: string): MemberTarget {
    if (group.groupEpoch <= group.assignmentEpoch)
      return { epoch: group.assignmentEpoch, tasks: group.target.get(memberId) ?? noTasks, delay: null }
    if (group.initialDelay !== null) {
      const delay = 'Assignment delayed due to the configured initial rebalance delay.'
      return { epoch: Math.max(1, group.assignmentEpoch), tasks: noTasks, delay }
    }
    const { clock, scheduler } = this.#host.environment
    const waitMs = group.assignedAtMs + this.#configs.of(group.groupId).assignmentIntervalMs - clock.monotonic()
    if (waitMs > 0) {
      group.assignmentDelay ??= scheduler.after(waitMs, () => {
        group.assignmentDelay = null
        this.#compute(group)
      })
      const delay = 'Assignment delayed due to the configured assignment interval.'
      return { epoch: group.assignmentEpoch, tasks: group.target.get(memberId) ?? noTasks, delay }
    }
    this.#compute(group)
    return { epoch: group.assignmentEpoch, tasks: group.target.get(memberId) ?? noTasks, delay: null }
  }

  #compute(group: StreamsGroup): void {
    if (group.isEmpty || group.groupEpoch <= group.assignmentEpoch) return
    const { configured } = group
    const isReady = configured?.problem === null && configured.subtopologies !== null
    const subtopologies = isReady ? [...configured.subtopologies!.values()] : []
    group.target = assignSticky({
      members: [...group.members.values()].map(({ memberId, metadata, taskOffsets }) => ({
        memberId,
        processId: metadata.processId,
        previous: group.target.get(memberId) ?? noTasks,
        taskOffsets,
      })),
      subtopologies: subtopologies.map(({ subtopology, taskCount, stateChangelogTopics }) => ({
        subtopologyId: subtopology.subtopologyId,
        taskCount,
        isStateful: stateChangelogTopics.length > 0,
      })),
      standbyReplicas: this.#configs.of(group.groupId).standbyReplicas,
    })
    group.assignmentEpoch = group.groupEpoch
    group.assignedAtMs = this.#host.environment.clock.monotonic()
  }
}
