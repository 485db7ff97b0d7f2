import type { TaskIndex } from './client-state.ts'

/** Which tasks have been on one process together. */
export class TaskPairs {
  readonly #taskCount: number
  readonly #pairs = new Set<number>()

  constructor(taskCount: number) {
    this.#taskCount = taskCount
  }

  /** Whether `task` has not been together with one of `others`. */
  hasNew(task: TaskIndex, others: readonly TaskIndex[]): boolean {
    if (this.#pairs.size === (this.#taskCount * (this.#taskCount - 1)) / 2) return false
    return others.some((other) => !this.#pairs.has(this.#pair(task, other)))
  }

  add(task: TaskIndex, others: readonly TaskIndex[]): void {
    for (const other of others) this.#pairs.add(this.#pair(task, other))
  }

  #pair(a: TaskIndex, b: TaskIndex): number {
    return Math.min(a, b) * this.#taskCount + Math.max(a, b)
  }
}
