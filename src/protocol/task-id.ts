/** A task: one partition of a sub-topology. Two equal ids are two objects: compare with `compareTaskIds`, key maps by `formatTaskId`. */
export interface TaskId {
  readonly subtopology: number
  readonly partition: number
}

/** The text of a task id as Kafka Streams writes it, `0_1` (P§7.1). */
export function formatTaskId(id: TaskId): string {
  return `${id.subtopology}_${id.partition}`
}

/** The task id that `text` writes, or `undefined` if it writes none. */
export function parseTaskId(text: string): TaskId | undefined {
  const match = /^(0|[1-9]\d{0,8})_(0|[1-9]\d{0,8})$/.exec(text)
  return match === null ? undefined : { subtopology: Number(match[1]), partition: Number(match[2]) }
}

/** Order by sub-topology, then by partition; 0 for equal ids. */
export function compareTaskIds(a: TaskId, b: TaskId): number {
  return a.subtopology - b.subtopology || a.partition - b.partition
}
