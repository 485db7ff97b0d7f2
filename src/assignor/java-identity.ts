import { javaHashCode } from '../base/java-order.ts'
import type { TaskId } from '../protocol/task-id.ts'

/** Order of process ids (UUID text) as Java's `UUID.compareTo` has it: by their two halves, each as a signed 64-bit number. */
export function compareProcessIds(a: string, b: string): number {
  const left = signedDigits(a)
  const right = signedDigits(b)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Java's `UUID.hashCode`. */
export function hashProcessId(processId: string): number {
  const digits = processId.replaceAll('-', '')
  let hash = 0
  for (let index = 0; index < 32; index += 8) hash ^= Number.parseInt(digits.slice(index, index + 8), 16)
  return hash | 0
}

/** The hash code of Java's `TaskId` without a named topology. */
export function hashTaskId({ subtopology, partition }: TaskId): number {
  return Math.imul(31, Math.imul(31, 31 + subtopology) + partition)
}

/** A changelog as Java's hash code of the topics of a sub-topology sees it. */
export interface HashedChangelog {
  /** With the application id. */
  readonly name: string
  /** What the user set for it, with Kafka's dotted names. */
  readonly configs: Readonly<Record<string, string>>
  /** Retention of a window or session store, history retention of a versioned one, `Infinity` = int64 max; null for other stores. */
  readonly retentionMs: number | null
}

/** The hash code of Java's `TopicsInfo`: of all topics that a sub-topology reads, and of its changelogs. */
export function hashTopics(sources: readonly string[], changelogs: readonly HashedChangelog[]): number {
  const sourcesHash = new Set(sources).values().reduce((sum, name) => (sum + javaHashCode(name)) | 0, 0)
  const changelogsHash = changelogs.reduce((sum, changelog) => (sum + (javaHashCode(changelog.name) ^ hashChangelog(changelog))) | 0, 0)
  const both = BigInt.asIntN(64, (BigInt(sourcesHash) << 32n) | BigInt(changelogsHash))
  return Number(BigInt.asIntN(32, both % 0xffff_ffffn))
}

/** `Objects.hash(name, configs[, retention], whether the number of partitions is enforced)`; it never is. */
function hashChangelog({ name, configs, retentionMs }: HashedChangelog): number {
  const configsHash = Object.entries(configs).reduce((sum, [key, value]) => (sum + (javaHashCode(key) ^ javaHashCode(value))) | 0, 0)
  const parts = [javaHashCode(name), configsHash, ...(retentionMs === null ? [] : [hashLong(retentionMs)]), HASH_OF_FALSE]
  return parts.reduce((hash, part) => (Math.imul(31, hash) + part) | 0, 1)
}

const HASH_OF_FALSE = 1237

function hashLong(value: number): number {
  const bits = BigInt.asUintN(64, value === Infinity ? 0x7fff_ffff_ffff_ffffn : BigInt(value))
  return Number(BigInt.asIntN(32, bits ^ (bits >> 32n)))
}

/** The digits with the sign bits of both halves flipped, so that they compare as text. */
function signedDigits(processId: string): string {
  const digits = processId.replaceAll('-', '').toLowerCase()
  return flip(digits[0]!) + digits.slice(1, 16) + flip(digits[16]!) + digits.slice(17)
}

function flip(digit: string): string {
  return (Number.parseInt(digit, 16) ^ 8).toString(16)
}
