import { assert } from '../../base/assert.ts'

/**
 * Where a member of a streams group is (N§1.7).
 *
 * ```
 *                subscribe           differs               reconciled               acknowledged
 *   UNSUBSCRIBED ---------> JOINING --------> RECONCILING -----------> ACKNOWLEDGING -----------> STABLE
 *                              ^                   ^                         |                       |
 *                              |                   +-------- differs --------+-----------------------+
 *                 lostHandled, rejoin
 *                              |
 *   FENCED, STALE -------------+
 *
 *   JOINING, RECONCILING, ACKNOWLEDGING, STABLE -- fenced  --> FENCED    the broker does not know the member (any more)
 *   JOINING, RECONCILING, ACKNOWLEDGING, STABLE -- expired --> STALE     the thread does not poll
 *   RECONCILING, ACKNOWLEDGING, STABLE          -- rejoin  --> JOINING   the thread has lost its tasks by itself
 *
 *   any member state -- leave --> PREPARE_LEAVING -- leaveSent --> LEAVING -- left --> UNSUBSCRIBED
 *                                        +---------------------- left ---------------------^
 *   any but UNSUBSCRIBED -- failed --> FATAL
 * ```
 */
export type MemberState =
  | 'UNSUBSCRIBED'
  /** Epoch 0: sends the join request until it is answered. */
  | 'JOINING'
  /** The target differs from what the thread has: the thread has work to do. */
  | 'RECONCILING'
  /** The thread has taken the target; the heartbeat that says so is due at once. */
  | 'ACKNOWLEDGING'
  | 'STABLE'
  | 'FENCED'
  | 'STALE'
  /** Is to leave as soon as no request is in flight. */
  | 'PREPARE_LEAVING'
  | 'LEAVING'
  | 'FATAL'

/** What moves a member. */
export type MemberMove =
  | 'subscribe'
  /** A target that differs from what the thread has was heard. */
  | 'differs'
  | 'reconciled'
  | 'acknowledged'
  | 'fenced'
  | 'expired'
  | 'lostHandled'
  | 'rejoin'
  | 'leave'
  | 'leaveSent'
  | 'left'
  | 'failed'

/** Every state. */
export const memberStates: readonly MemberState[] = [
  'UNSUBSCRIBED',
  'JOINING',
  'RECONCILING',
  'ACKNOWLEDGING',
  'STABLE',
  'FENCED',
  'STALE',
  'PREPARE_LEAVING',
  'LEAVING',
  'FATAL',
]

/** Every move. */
export const memberMoves: readonly MemberMove[] = [
  'subscribe',
  'differs',
  'reconciled',
  'acknowledged',
  'fenced',
  'expired',
  'lostHandled',
  'rejoin',
  'leave',
  'leaveSent',
  'left',
  'failed',
]

type Moves = Readonly<Partial<Record<MemberMove, MemberState>>>

const memberMovesOf: Moves = { fenced: 'FENCED', expired: 'STALE', rejoin: 'JOINING', leave: 'PREPARE_LEAVING', failed: 'FATAL' }

/** The legal moves: state -> move -> next state. */
export const legalMoves: Readonly<Record<MemberState, Moves>> = {
  UNSUBSCRIBED: { subscribe: 'JOINING' },
  JOINING: { ...memberMovesOf, differs: 'RECONCILING' },
  RECONCILING: { ...memberMovesOf, differs: 'RECONCILING', reconciled: 'ACKNOWLEDGING' },
  ACKNOWLEDGING: { ...memberMovesOf, differs: 'RECONCILING', acknowledged: 'STABLE' },
  STABLE: { ...memberMovesOf, differs: 'RECONCILING' },
  FENCED: { lostHandled: 'JOINING', rejoin: 'JOINING', leave: 'PREPARE_LEAVING', failed: 'FATAL' },
  STALE: { lostHandled: 'JOINING', rejoin: 'JOINING', leave: 'PREPARE_LEAVING', failed: 'FATAL' },
  PREPARE_LEAVING: { leaveSent: 'LEAVING', left: 'UNSUBSCRIBED', failed: 'FATAL' },
  LEAVING: { left: 'UNSUBSCRIBED', failed: 'FATAL' },
  FATAL: { failed: 'FATAL' },
}

/** The state after `move`. Throws `AssertionError` for a move that is not legal. */
export function transition(state: MemberState, move: MemberMove): MemberState {
  const next = legalMoves[state][move]
  assert(next !== undefined, `A member in state ${state} never makes the move '${move}'`)
  return next
}

/** Whether the member has an epoch: between the answer to its join and the end of the membership. */
export function isJoined(state: MemberState): boolean {
  return state === 'RECONCILING' || state === 'ACKNOWLEDGING' || state === 'STABLE'
}
