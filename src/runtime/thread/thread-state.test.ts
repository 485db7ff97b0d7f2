import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError } from '../../base/assert.ts'
import { type ThreadState, ThreadStateMachine, threadMoves } from './thread-state.ts'

const states = Object.keys(threadMoves) as ThreadState[]

/** A legal way from CREATED to each state. */
const ways: Readonly<Record<ThreadState, readonly ThreadState[]>> = {
  CREATED: [],
  STARTING: ['STARTING'],
  PARTITIONS_REVOKED: ['STARTING', 'PARTITIONS_REVOKED'],
  PARTITIONS_ASSIGNED: ['STARTING', 'PARTITIONS_ASSIGNED'],
  RUNNING: ['STARTING', 'PARTITIONS_ASSIGNED', 'RUNNING'],
  PENDING_SHUTDOWN: ['PENDING_SHUTDOWN'],
  DEAD: ['PENDING_SHUTDOWN', 'DEAD'],
}

for (const from of states) {
  for (const to of states) {
    const isLegal = threadMoves[from].includes(to)
    test(`ThreadStateMachine ${isLegal ? 'moves' : 'refuses to move'} from ${from} to ${to}`, () => {
      const changes: string[] = []
      const machine = new ThreadStateMachine((state, old) => changes.push(`${old} ${state}`))
      for (const step of ways[from]) machine.transition(step)
      changes.length = 0
      if (!isLegal) {
        assert.throws(() => machine.transition(to), AssertionError)
        assert.equal(machine.state, from)
        return
      }
      machine.transition(to)
      assert.equal(machine.state, to)
      assert.deepEqual(changes, from === to ? [] : [`${from} ${to}`])
    })
  }
}
