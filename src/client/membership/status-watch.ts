import type { Environment, Timer } from '../../base/environment.ts'
import type { TopologyError } from '../../base/errors.ts'
import type { StreamsGroupStatus } from '../../protocol/messages/streams-group-heartbeat.ts'
import { statusCodes } from '../../protocol/streams-status-codes.ts'
import { missingSources, wrongPartitions } from './topology-problems.ts'

const notReady: ReadonlySet<number> = new Set([
  statusCodes.MISSING_SOURCE_TOPICS,
  statusCodes.INCORRECTLY_PARTITIONED_TOPICS,
  statusCodes.MISSING_INTERNAL_TOPICS,
  statusCodes.ASSIGNMENT_DELAYED,
])

/** What the coordinator gets over by itself, within moments: it is making topics, or waits a little for other members. */
const passing: ReadonlySet<number> = new Set([statusCodes.MISSING_INTERNAL_TOPICS, statusCodes.ASSIGNMENT_DELAYED])

/** Statuses that only go to the log. */
const logged: ReadonlySet<number> = new Set([statusCodes.STALE_TOPOLOGY, statusCodes.MISSING_CLIENT_TAGS])

/** What the statuses of a group make a member do. */
export interface StatusActions {
  onShutdown(): void
  onTopologyError(error: TopologyError): void
}

/** Watches the statuses that come with heartbeats. */
export class StatusWatch {
  readonly #environment: Environment
  readonly #groupId: string
  readonly #actions: StatusActions
  readonly #seen = new Set<string>()
  #missingTopics: Timer | null = null
  #isShutdownSeen = false
  #isPassing = false

  constructor(environment: Environment, groupId: string, actions: StatusActions) {
    this.#environment = environment
    this.#groupId = groupId
    this.#actions = actions
  }

  /** Whether the group is not ready for nothing but reasons that pass by themselves, as of the last answer. */
  get isPassing(): boolean {
    return this.#isPassing
  }

  /** Takes the statuses of an answer. Gives whether tasks may be processed. */
  update(statuses: readonly StreamsGroupStatus[], heartbeatIntervalMs: number): boolean {
    const find = (code: number): StreamsGroupStatus | undefined => statuses.find(({ statusCode }) => statusCode === code)
    if (find(statusCodes.SHUTDOWN_APPLICATION) !== undefined && !this.#isShutdownSeen) {
      this.#isShutdownSeen = true
      this.#actions.onShutdown()
    }
    this.#watchMissingTopics(find(statusCodes.MISSING_SOURCE_TOPICS), heartbeatIntervalMs)
    const wrong = find(statusCodes.INCORRECTLY_PARTITIONED_TOPICS)
    if (wrong !== undefined) {
      this.#actions.onTopologyError(wrongPartitions(this.#groupId, wrong.statusDetail))
    }
    for (const status of statuses) this.#log(status)
    const reasons = statuses.filter(({ statusCode }) => notReady.has(statusCode))
    this.#isPassing = reasons.length > 0 && reasons.every(({ statusCode }) => passing.has(statusCode))
    return reasons.length === 0
  }

  /** Ends its timer. */
  close(): void {
    this.#missingTopics?.cancel()
    this.#missingTopics = null
  }

  #watchMissingTopics(status: StreamsGroupStatus | undefined, heartbeatIntervalMs: number): void {
    if (status === undefined) return this.close()
    this.#missingTopics ??= this.#environment.scheduler.after(2 * heartbeatIntervalMs, () => {
      this.#actions.onTopologyError(missingSources(this.#groupId, status.statusDetail))
    })
  }

  #log({ statusCode, statusDetail }: StreamsGroupStatus): void {
    const isUnknown = statusCode > statusCodes.MISSING_CLIENT_TAGS || statusCode < 0
    const key = `${statusCode} ${statusDetail}`
    if (this.#seen.has(key)) return
    // Details can hold changing text; a member sees few of them, but the memory of them is bounded all the same.
    if (this.#seen.size >= 100) this.#seen.clear()
    this.#seen.add(key)
    const fields = { groupId: this.#groupId, statusCode, statusDetail }
    if (isUnknown) this.#environment.logger.warn(fields, 'The group coordinator reports a status that this release does not know')
    else if (logged.has(statusCode)) this.#environment.logger.warn(fields, 'The group coordinator reports a problem')
    else this.#environment.logger.info(fields, 'The group is not ready or shuts down')
  }
}
