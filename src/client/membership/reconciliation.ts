import { assert } from '../../base/assert.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import { type LocalAssignment, nothingKnown, sameAssignedTasks, withoutTasks } from './local-assignment.ts'
import type { Assignment, MembershipEvent } from './membership.ts'

/**
 * Leads the thread from what it has to what the group wants, one step at a time: first it revokes, then it takes the complete target
 * (N§1.7 rules 3-6). A target that is heard meanwhile makes it start over when the step is done.
 */
export class Reconciliation {
  #target: LocalAssignment = nothingKnown
  #owned: LocalAssignment = nothingKnown
  /** The active tasks that the thread has now: `#owned` without what it has revoked since. */
  #heldActive: readonly TaskId[] = []
  #localEpoch = 0
  #out:
    | { readonly kind: 'revoke'; readonly tasks: readonly TaskId[] }
    | { readonly kind: 'assign'; readonly target: LocalAssignment }
    | null = null

  /** What the group wants, as last heard. */
  get target(): LocalAssignment {
    return this.#target
  }

  /** What the thread has taken, and the group is told. */
  get owned(): LocalAssignment {
    return this.#owned
  }

  get isDone(): boolean {
    return this.#owned.localEpoch === this.#target.localEpoch
  }

  /** Takes what the group wants; nothing changes when it is what it wanted before. */
  hear(assignment: Assignment): void {
    const isKnown = this.#target !== nothingKnown
    if (isKnown && this.#target.isReady === assignment.isReady && sameAssignedTasks(this.#target, assignment)) return
    const { active, standby, warmup, isReady } = assignment
    this.#target = { active, standby, warmup, isReady, localEpoch: ++this.#localEpoch }
  }

  /** The next step for the thread, or null while one is out. */
  next(): MembershipEvent | null {
    if (this.#out !== null || this.isDone) return null
    const tasks = withoutTasks(this.#heldActive, this.#target.active)
    if (tasks.length > 0) {
      this.#out = { kind: 'revoke', tasks }
      return this.#out
    }
    const { active, standby, warmup, isReady } = this.#target
    this.#out = { kind: 'assign', target: this.#target }
    return { kind: 'assign', assignment: { active, standby, warmup, isReady } }
  }

  /** The thread has revoked. Gives whether that step was out. */
  revoked(): boolean {
    if (this.#out?.kind !== 'revoke') return false
    this.#heldActive = withoutTasks(this.#heldActive, this.#out.tasks)
    this.#out = null
    return true
  }

  /** The thread has taken the target. Gives whether that step was out. */
  assigned(): boolean {
    if (this.#out?.kind !== 'assign') return false
    this.#owned = this.#out.target
    this.#heldActive = this.#owned.active
    this.#out = null
    assert(this.#owned.localEpoch <= this.#target.localEpoch, 'A thread takes no target that was not heard')
    return true
  }

  /** The thread has nothing any more, and what the group wants is not known. */
  reset(): void {
    this.#target = nothingKnown
    this.#owned = nothingKnown
    this.#heldActive = []
    this.#out = null
  }
}
