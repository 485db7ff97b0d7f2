import { assert } from '../../base/assert.ts'

/** The states of a stream thread, in Kafka Streams' words (P§7.2). */
export type ThreadState = 'CREATED' | 'STARTING' | 'PARTITIONS_REVOKED' | 'PARTITIONS_ASSIGNED' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'DEAD'

/**
 * ```
 *   CREATED ──> STARTING ──> PARTITIONS_REVOKED <──> PARTITIONS_ASSIGNED <──> RUNNING
 *      │            │                 │                      │                   │
 *      └────────────┴─────────────────┴──────────┬───────────┴───────────────────┘
 *                                                v
 *                                        PENDING_SHUTDOWN ──> DEAD
 * ```
 */
export const threadMoves: Readonly<Record<ThreadState, readonly ThreadState[]>> = {
  CREATED: ['STARTING', 'PENDING_SHUTDOWN'],
  STARTING: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'PENDING_SHUTDOWN'],
  PARTITIONS_REVOKED: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'PENDING_SHUTDOWN'],
  PARTITIONS_ASSIGNED: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'RUNNING', 'PENDING_SHUTDOWN'],
  RUNNING: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'RUNNING', 'PENDING_SHUTDOWN'],
  PENDING_SHUTDOWN: ['DEAD'],
  DEAD: [],
}

/** The state of one stream thread; tells `onChange` after each move to another state. */
export class ThreadStateMachine {
  readonly #onChange: (state: ThreadState, old: ThreadState) => void
  #state: ThreadState = 'CREATED'

  constructor(onChange: (state: ThreadState, old: ThreadState) => void) {
    this.#onChange = onChange
  }

  get state(): ThreadState {
    return this.#state
  }

  transition(next: ThreadState): void {
    const old = this.#state
    assert(threadMoves[old].includes(next), `a stream thread moves from ${old} to ${next}`)
    this.#state = next
    if (old !== next) this.#onChange(next, old)
  }
}
