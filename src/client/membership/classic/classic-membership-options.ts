/** What a member of a classic group tells of itself. */
export interface ClassicMembershipOptions {
  /** The application id. */
  readonly groupId: string
  /** `group.instance.id` of this thread; null: a dynamic member. */
  readonly instanceId: string | null
  /** `session.timeout.ms`: how long the group waits for a heartbeat. */
  readonly sessionTimeoutMs: number
  /** `heartbeat.interval.ms`. */
  readonly heartbeatIntervalMs: number
  /** `max.poll.interval.ms`: how long the thread may not poll, and how long the group waits for it to join again. */
  readonly rebalanceTimeoutMs: number
  /** `request.timeout.ms`, for what is answered at once. */
  readonly requestTimeoutMs: number
  /** `retry.backoff.ms` and `retry.backoff.max.ms`. */
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
}
