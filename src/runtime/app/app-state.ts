import { assert } from '../../base/assert.ts'

/** The states of an application instance, in Kafka Streams' words (P§7.3). */
export type StreamsState = 'CREATED' | 'REBALANCING' | 'RUNNING' | 'PENDING_SHUTDOWN' | 'NOT_RUNNING' | 'PENDING_ERROR' | 'ERROR'

/**
 * ```
 *   CREATED ──> REBALANCING <──> RUNNING
 *      │            │  │          │   │
 *      │            │  └────┬─────┘   │
 *      v            v       │         v
 *   PENDING_SHUTDOWN <──────┼──────────     PENDING_ERROR <── (REBALANCING, RUNNING)
 *      │                                         │
 *      v                                         v
 *   NOT_RUNNING                                ERROR
 * ```
 */
export const appMoves: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  CREATED: ['REBALANCING', 'PENDING_SHUTDOWN'],
  REBALANCING: ['RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  RUNNING: ['REBALANCING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  PENDING_SHUTDOWN: ['NOT_RUNNING'],
  NOT_RUNNING: [],
  PENDING_ERROR: ['ERROR'],
  ERROR: [],
}

/** Moves that are asked for when they are already decided otherwise: they do nothing and `transition` says false (P§7.3). */
const ignoredMoves: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  CREATED: [],
  REBALANCING: ['REBALANCING'],
  RUNNING: ['RUNNING'],
  PENDING_SHUTDOWN: ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR', 'ERROR'],
  NOT_RUNNING: ['PENDING_SHUTDOWN', 'NOT_RUNNING'],
  PENDING_ERROR: ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'PENDING_ERROR'],
  ERROR: ['PENDING_ERROR', 'ERROR', 'PENDING_SHUTDOWN'],
}

/** The state of one application instance; tells `onChange` after each real move. */
export class AppStateMachine {
  readonly #onChange: (state: StreamsState, old: StreamsState) => void
  #state: StreamsState = 'CREATED'

  constructor(onChange: (state: StreamsState, old: StreamsState) => void) {
    this.#onChange = onChange
  }

  get state(): StreamsState {
    return this.#state
  }

  /** Whether the state changed. A move that Kafka Streams ignores does nothing; any other illegal one is a bug of ours. */
  transition(next: StreamsState): boolean {
    const old = this.#state
    if (ignoredMoves[old].includes(next)) return false
    assert(appMoves[old].includes(next), `an application moves from ${old} to ${next}`)
    this.#state = next
    this.#onChange(next, old)
    return true
  }
}
