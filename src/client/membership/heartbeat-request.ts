import type { StreamsGroupHeartbeatRequest, TaskOffset } from '../../protocol/messages/streams-group-heartbeat.ts'
import { formatTaskId } from '../../protocol/task-id.ts'
import { type LocalAssignment, writeTaskIds } from './local-assignment.ts'
import type { StreamsMembershipOptions, TaskOffsetSum } from './streams-membership-options.ts'
import { writeTopology } from './topology-message.ts'

/** The version from which on static members, task offsets and warm-ups may be reported; below it they are refused (N§1.6). */
const REPORTING_VERSION = 1

/** What one heartbeat says of the member. */
export interface HeartbeatContent {
  readonly version: number
  /** 0 to join, -1 and -2 to leave. */
  readonly memberEpoch: number
  readonly endpointEpoch: number
  /** What the thread has taken. */
  readonly owned: LocalAssignment
  readonly isShutdownRequested: boolean
  readonly nowMs: number
}

/** Builds heartbeats: remembers what was sent last and leaves out what has not changed (N§1.8). */
export class HeartbeatRequests {
  /** From the last answer (N§1.3); 0 and -1: not provided. */
  taskOffsetIntervalMs = 0
  acceptableRecoveryLag = -1
  readonly #options: StreamsMembershipOptions
  readonly #topology: StreamsGroupHeartbeatRequest['topology']
  #sentTasks: LocalAssignment | null = null
  #sentOffsets = ''
  #sentEndOffsets = ''
  #offsetsSentAtMs = -Infinity

  constructor(options: StreamsMembershipOptions) {
    this.#options = options
    this.#topology = writeTopology(options.topology)
  }

  /** The next heartbeat is a full one: an error came, or no answer (N§1.4). */
  forgetSent(): void {
    this.#sentTasks = null
    this.#sentOffsets = ''
    this.#sentEndOffsets = ''
    this.#offsetsSentAtMs = -Infinity
  }

  build(content: HeartbeatContent): StreamsGroupHeartbeatRequest {
    const isJoin = content.memberEpoch === 0
    const { groupId, memberId, instanceId, rackId, processId, endpoint, clientTags, rebalanceTimeoutMs } = this.#options
    return {
      groupId,
      memberId,
      memberEpoch: content.memberEpoch,
      endpointInformationEpoch: content.endpointEpoch,
      instanceId: content.version >= REPORTING_VERSION ? instanceId : null,
      rackId: isJoin ? rackId : null,
      rebalanceTimeoutMs: isJoin ? rebalanceTimeoutMs : -1,
      topology: isJoin ? this.#topology : null,
      ...this.#tasks(content, isJoin),
      processId: isJoin ? processId : null,
      userEndpoint: isJoin && endpoint !== null ? { host: endpoint.host, port: endpoint.port } : null,
      clientTags: isJoin ? Object.entries(clientTags).map(([key, value]) => ({ key, value })) : null,
      ...this.#offsets(content, isJoin),
      shutdownApplication: content.isShutdownRequested,
    }
  }

  #tasks(
    { owned, version }: HeartbeatContent,
    isJoin: boolean,
  ): Pick<StreamsGroupHeartbeatRequest, 'activeTasks' | 'standbyTasks' | 'warmupTasks'> {
    if (isJoin) {
      this.#sentTasks = null
      return { activeTasks: [], standbyTasks: [], warmupTasks: [] }
    }
    if (this.#sentTasks?.localEpoch === owned.localEpoch) return { activeTasks: null, standbyTasks: null, warmupTasks: null }
    this.#sentTasks = owned
    return {
      activeTasks: writeTaskIds(owned.active),
      standbyTasks: writeTaskIds(owned.standby),
      warmupTasks: version >= REPORTING_VERSION ? writeTaskIds(owned.warmup) : [],
    }
  }

  #offsets(content: HeartbeatContent, isJoin: boolean): Pick<StreamsGroupHeartbeatRequest, 'taskOffsets' | 'taskEndOffsets'> {
    const none = { taskOffsets: null, taskEndOffsets: null }
    if (content.version < REPORTING_VERSION || content.memberEpoch < 0) return none
    const sums = this.#options.taskOffsets?.() ?? []
    if (!isJoin && !this.#areOffsetsDue(content, sums)) return none
    const offsets = sums.map(({ taskId, offset }) => taskOffset(taskId, offset))
    const endOffsets = sums.map(({ taskId, endOffset }) => taskOffset(taskId, endOffset))
    const offsetsText = textOf(offsets)
    const endOffsetsText = textOf(endOffsets)
    const taskOffsets = isJoin || offsetsText !== this.#sentOffsets ? offsets : null
    const taskEndOffsets = isJoin || endOffsetsText !== this.#sentEndOffsets ? endOffsets : null
    this.#sentOffsets = offsetsText
    this.#sentEndOffsets = endOffsetsText
    this.#offsetsSentAtMs = content.nowMs
    this.#offsetsOf = content.owned.localEpoch
    return { taskOffsets, taskEndOffsets }
  }

  /** The local epoch of the assignment with which offsets were sent last. */
  #offsetsOf = -1

  #areOffsetsDue({ owned, nowMs }: HeartbeatContent, sums: readonly TaskOffsetSum[]): boolean {
    if (owned.localEpoch !== this.#offsetsOf) return true
    if (this.taskOffsetIntervalMs > 0 && nowMs - this.#offsetsSentAtMs >= this.taskOffsetIntervalMs) return true
    const warmups = new Set(owned.warmup.map(formatTaskId))
    // A warm-up that has caught up is reported at once: the broker waits for it to move the task.
    return sums.some(
      ({ taskId, offset, endOffset }) =>
        warmups.has(formatTaskId(taskId)) &&
        Number.isFinite(offset) &&
        Number.isFinite(endOffset) &&
        endOffset - offset <= this.acceptableRecoveryLag,
    )
  }
}

function taskOffset(taskId: TaskOffsetSum['taskId'], offset: number): TaskOffset {
  return { subtopologyId: String(taskId.subtopology), partition: taskId.partition, offset }
}

function textOf(offsets: readonly TaskOffset[]): string {
  return offsets.map(({ subtopologyId, partition, offset }) => `${subtopologyId}_${partition}=${offset}`).join(' ')
}
