import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterError } from '../../base/errors.ts'
import { errorToData } from './error-data.ts'
import type { FromThread, PostedEvent } from './messages.ts'
import { RemoteMembership } from './remote-membership.ts'

const group = { groupId: 'g', memberId: 'm', generation: 3, instanceId: null }

function scene(): {
  readonly membership: RemoteMembership
  readonly posted: FromThread[]
  readonly answer: (event: PostedEvent | null, mayCommit?: boolean) => void
  readonly pass: (ms: number) => void
} {
  let nowMs = 0
  const posted: FromThread[] = []
  const membership = new RemoteMembership({
    groupId: 'g',
    clock: { now: () => nowMs, monotonic: () => nowMs },
    taskOffsets: () => [{ task: { subtopology: 0, partition: 1 }, offsetSum: 7 }],
    post: (message) => void posted.push(message),
  })
  return {
    membership,
    posted,
    answer: (event, mayCommit = true) => void membership.take({ kind: 'polled', event, mayCommit, group }),
    pass: (ms) => (nowMs += ms),
  }
}

const nothing = { active: [], standby: [], warmup: [], isReady: true }

test('RemoteMembership asks with a poll, and nothing is committed until the answer is there', () => {
  const { membership, posted, answer } = scene()
  assert.equal(membership.mayCommit, true)
  assert.equal(membership.poll(), null)
  assert.deepEqual(posted, [{ kind: 'poll', offsets: [{ task: { subtopology: 0, partition: 1 }, offsetSum: 7 }] }])
  assert.equal(membership.mayCommit, false, 'the main thread may be joining again right now')
  assert.equal(membership.poll(), null)
  assert.equal(posted.length, 1, 'one question at a time')
  answer(null, false)
  assert.equal(membership.mayCommit, false)
  membership.take({ kind: 'signal' })
  membership.poll()
  answer(null)
  assert.equal(membership.mayCommit, true)
  assert.deepEqual(membership.groupMetadata(), group)
})

test('RemoteMembership asks when it is signalled, at once after an event, and else ten times a second', () => {
  const { membership, posted, answer, pass } = scene()
  let wakes = 0
  membership.onEvent = () => wakes++
  membership.poll()
  answer({ kind: 'assign', assignment: nothing })
  assert.equal(wakes, 1)
  assert.deepEqual(membership.poll(), { kind: 'assign', assignment: nothing })
  membership.poll()
  assert.equal(posted.length, 2, 'there may be another event')
  answer(null)
  membership.poll()
  pass(99)
  membership.poll()
  assert.equal(posted.length, 2)
  pass(1)
  membership.poll()
  assert.equal(posted.length, 3)
  answer(null)
  membership.take({ kind: 'signal' })
  membership.poll()
  assert.equal(posted.length, 4)
})

test('RemoteMembership drops assignments from before a rejoin, and no failures', () => {
  const { membership, answer } = scene()
  membership.poll()
  membership.rejoin()
  answer({ kind: 'assign', assignment: nothing })
  assert.equal(membership.poll(), null, 'it was asked before the rejoin')
  answer({ kind: 'failed', error: errorToData(new ClusterError('REQUEST_REFUSED', 'no')) })
  membership.rejoin()
  const event = membership.poll()
  assert.ok(event?.kind === 'failed' && event.error instanceof ClusterError && event.error.code === 'REQUEST_REFUSED')
})
