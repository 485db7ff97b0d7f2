import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError } from '../../base/assert.ts'
import { appMoves, AppStateMachine, type StreamsState } from './app-state.ts'

const states = Object.keys(appMoves) as StreamsState[]

/** A legal way from CREATED to each state. */
const ways: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  CREATED: [],
  REBALANCING: ['REBALANCING'],
  RUNNING: ['REBALANCING', 'RUNNING'],
  PENDING_SHUTDOWN: ['PENDING_SHUTDOWN'],
  NOT_RUNNING: ['PENDING_SHUTDOWN', 'NOT_RUNNING'],
  PENDING_ERROR: ['REBALANCING', 'PENDING_ERROR'],
  ERROR: ['REBALANCING', 'PENDING_ERROR', 'ERROR'],
}

/** Moves that Kafka Streams ignores (P§7.3), besides those that are legal: all others are errors. */
const ignored: Readonly<Record<StreamsState, readonly StreamsState[]>> = {
  CREATED: [],
  REBALANCING: ['REBALANCING'],
  RUNNING: ['RUNNING'],
  PENDING_SHUTDOWN: ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR', 'ERROR'],
  NOT_RUNNING: ['PENDING_SHUTDOWN', 'NOT_RUNNING'],
  PENDING_ERROR: ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'PENDING_ERROR'],
  ERROR: ['PENDING_SHUTDOWN', 'PENDING_ERROR', 'ERROR'],
}

for (const from of states) {
  for (const to of states) {
    const outcome = appMoves[from].includes(to) ? 'moves' : ignored[from].includes(to) ? 'ignores a move' : 'refuses to move'
    test(`AppStateMachine ${outcome} from ${from} to ${to}`, () => {
      const changes: string[] = []
      const machine = new AppStateMachine((state, old) => changes.push(`${old} ${state}`))
      for (const step of ways[from]) machine.transition(step)
      changes.length = 0
      if (outcome === 'refuses to move') assert.throws(() => machine.transition(to), AssertionError)
      else assert.equal(machine.transition(to), outcome === 'moves')
      assert.equal(machine.state, outcome === 'moves' ? to : from)
      assert.deepEqual(changes, outcome === 'moves' ? [`${from} ${to}`] : [])
    })
  }
}
