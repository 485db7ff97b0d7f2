// What travels between the two sides of a foreign-key join (P§4.5).

/** What a subscription asks of the other side. The numbers are those of the wire. */
export const subscriptionInstruction = {
  /** Forget the row; say nothing. */
  deleteSilently: 0,
  /** Forget the row and answer that there is nothing. */
  deleteAndAnswer: 1,
  /** Remember the row and answer in any case: the foreign key may be a new one. */
  alwaysAnswer: 2,
  /** Remember the row and answer only if the other row is there. */
  answerIfPresent: 3,
} as const

/** One of `subscriptionInstruction`. */
export type SubscriptionInstruction = (typeof subscriptionInstruction)[keyof typeof subscriptionInstruction]

/** A row of the left table that wants to know of the row with its foreign key. */
export interface Subscription {
  /** 0 has no partition. */
  readonly version: 0 | 1
  readonly instruction: SubscriptionInstruction
  /** 16 bytes: murmur3 of the left value's bytes; `null` where the row was deleted. */
  readonly hash: Buffer | null
  readonly primaryKey: unknown
  /** The partition of the left row, `null` in version 0. */
  readonly primaryPartition: number | null
}

/** The answer to a subscription. */
export interface SubscriptionResponse {
  /** That of the subscription: an answer to an older left value is recognised by it. */
  readonly hash: Buffer | null
  /** `null`: there is no row with the foreign key. */
  readonly foreignValue: unknown
  /** Where the answer goes; not written. */
  readonly primaryPartition: number | null
}

/** The key of a kept subscription: those of one foreign key stand together. */
export interface SubscriptionKey {
  readonly foreignKey: unknown
  readonly primaryKey: unknown
}
