import type { PositionEntry } from './position.ts'
import type { StoreTimes } from './windows/window-times.ts'

/** The version of the format of rows and meta rows. A store of another version is wiped and restored. */
export const STORE_FORMAT_VERSION = 1

/** What is known of the committed rows of a store, written with them in one batch (design 4, "Trust"). */
export interface StoreMeta {
  readonly formatVersion: number
  /** The kind of engine that wrote the rows. */
  readonly engine: string
  /** The cluster and the id of the changelog topic that `offset` is of; `null` where the store has no changelog. */
  readonly clusterId: string | null
  readonly topicId: string | null
  /** Offset of the last changelog record that the rows reflect; `null` = of none. */
  readonly offset: number | null
  /** When the rows were last known to reflect the whole changelog, in milliseconds since 1970. */
  readonly commitTimeMs: number
  /** Of a window store, and only of that. */
  readonly times?: StoreTimes | undefined
  /** Which input records the rows reflect, as far as it is known; absent: nothing is. Plain data. */
  readonly position?: readonly PositionEntry[] | undefined
}

/** What a store must match to be trusted when it is opened. */
export interface StoreExpectation {
  readonly clusterId: string | null
  /** Id of the changelog topic; `null` where it is not known: then it is not compared. */
  readonly topicId: string | null
  /** `delete.retention.ms` of a compacted changelog: after it deletions may be gone from the changelog. `null` = no limit. */
  readonly deleteRetentionMs: number | null
}

/** Whether two meta rows of a store differ in their time of commit at most. */
export function isSameButTime(a: StoreMeta, b: StoreMeta): boolean {
  return (
    a.offset === b.offset &&
    a.topicId === b.topicId &&
    JSON.stringify({ ...a, commitTimeMs: 0 }) === JSON.stringify({ ...b, commitTimeMs: 0 })
  )
}

/** Why rows with `meta` cannot be trusted; `null` if they can. */
export function distrustOf(meta: StoreMeta, expected: StoreExpectation, engine: string, nowMs: number): string | null {
  if (meta.formatVersion !== STORE_FORMAT_VERSION) return `it has format version ${meta.formatVersion}, this is ${STORE_FORMAT_VERSION}`
  if (meta.engine !== engine) return `it was written by engine "${meta.engine}", this is "${engine}"`
  if (meta.clusterId !== expected.clusterId) return `it belongs to cluster ${meta.clusterId}, this is ${expected.clusterId}`
  if (expected.topicId !== null && meta.topicId !== expected.topicId) {
    return `it reflects a changelog with topic id ${meta.topicId}, the topic has ${expected.topicId}`
  }
  const ageMs = nowMs - meta.commitTimeMs
  if (expected.deleteRetentionMs !== null && ageMs >= expected.deleteRetentionMs) {
    return `it was committed ${ageMs} ms ago, deletions leave the changelog after ${expected.deleteRetentionMs} ms`
  }
  return null
}
