import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError } from '../../base/assert.ts'
import { isJoined, legalMoves, memberMoves, memberStates, transition } from './member-state.ts'

test('transition() follows the table for all pairs of state and move, and throws for the others', () => {
  let legal = 0
  for (const state of memberStates) {
    for (const move of memberMoves) {
      const next = legalMoves[state][move]
      if (next === undefined) {
        assert.throws(() => transition(state, move), AssertionError, `${state} ${move}`)
      } else {
        legal++
        assert.equal(transition(state, move), next)
      }
    }
  }
  assert.equal(
    legal,
    Object.values(legalMoves).reduce((sum, moves) => sum + Object.keys(moves).length, 0),
  )
  assert.equal(legal, 41)
})

test('transition() reaches every state from UNSUBSCRIBED', () => {
  const reached = new Set(['UNSUBSCRIBED'])
  for (let size = 0; size < reached.size;) {
    size = reached.size
    for (const state of memberStates) if (reached.has(state)) for (const next of Object.values(legalMoves[state])) reached.add(next)
  }
  assert.deepEqual([...reached].sort(), [...memberStates].sort())
})

test('transition() lets every state but FATAL and UNSUBSCRIBED end in UNSUBSCRIBED by leaving', () => {
  for (const state of memberStates) {
    if (state === 'UNSUBSCRIBED' || state === 'FATAL' || state === 'PREPARE_LEAVING' || state === 'LEAVING') continue
    assert.equal(transition(transition(transition(state, 'leave'), 'leaveSent'), 'left'), 'UNSUBSCRIBED', state)
  }
})

test('isJoined() holds between the answer to the join and the end of the membership', () => {
  assert.deepEqual(memberStates.filter(isJoined), ['RECONCILING', 'ACKNOWLEDGING', 'STABLE'])
})
