/** Which stream thread of the instance has the stores of a task open: at most one, the others wait for their turn. */
export class TaskLocks {
  readonly #owners = new Map<string, string>()
  readonly #waiting = new Map<string, { readonly threadId: string; readonly grant: () => void }[]>()

  /** Calls `grant` when the task is `threadId`'s: at once if nobody has it. Who has it instead; `null`: nobody. */
  take(taskId: string, threadId: string, grant: () => void): string | null {
    const owner = this.#owners.get(taskId)
    if (owner === undefined || owner === threadId) {
      this.#owners.set(taskId, threadId)
      grant()
      return null
    }
    const queue = this.#waiting.get(taskId) ?? []
    this.#waiting.set(taskId, [...queue, { threadId, grant }])
    return owner
  }

  /** The task goes to who waits for it. */
  release(taskId: string, threadId: string): void {
    if (this.#owners.get(taskId) !== threadId) return
    this.#owners.delete(taskId)
    const [next, ...others] = this.#waiting.get(taskId) ?? []
    if (others.length === 0) this.#waiting.delete(taskId)
    else this.#waiting.set(taskId, others)
    if (next !== undefined) this.take(taskId, next.threadId, next.grant)
  }

  /** The thread is gone: what it had and what it waited for. Gives the tasks that it had. */
  releaseAll(threadId: string): readonly string[] {
    for (const [taskId, queue] of this.#waiting) {
      const others = queue.filter((waiter) => waiter.threadId !== threadId)
      if (others.length === 0) this.#waiting.delete(taskId)
      else this.#waiting.set(taskId, others)
    }
    const had = [...this.#owners].filter(([, owner]) => owner === threadId).map(([taskId]) => taskId)
    for (const taskId of had) this.release(taskId, threadId)
    return had
  }
}
