import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { FetchSession, FetchSessions } from './fetch-session.ts'

function openSessions(): FetchSessions {
  let id = 0
  return new FetchSessions(() => id++)
}

test('FetchSessions make room by closing the session that was not used for the longest time', () => {
  const sessions = openSessions()
  const [first, second] = [sessions.open(false), sessions.open(false)]
  assert.notEqual(first.id, 0, 'the id 0 stands for no session')
  for (let count = 2; count < 1_000; count++) sessions.open(false)
  assert.equal(sessions.use(first.id, 1, false), first)
  sessions.open(false)
  assert.equal(sessions.use(second.id, 1, false), kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
  assert.equal(sessions.use(first.id, 2, false), first)
})

test('FetchSessions begin with epoch 1 again after the last one', () => {
  const sessions = openSessions()
  const session = sessions.open(true)
  session.nextEpoch = 0x7fff_ffff
  assert.equal(sessions.use(session.id, 0x7fff_ffff, true), session)
  assert.equal(sessions.use(session.id, 0, true), kafkaErrors.INVALID_FETCH_SESSION_EPOCH)
  assert.equal(sessions.use(session.id, 1, true), session)
})

test('FetchSession serves a changed partition in its old place and a rotated one last', () => {
  const session = new FetchSession(1, false)
  const want = (partition: number, fetchOffset = 0): void =>
    session.want({ topic: 't', topicId: '', partition, leaderEpoch: -1, fetchOffset, lastFetchedEpoch: -1, bytesMax: 1 })
  for (const partition of [0, 1, 2]) want(partition)
  want(0, 5)
  const order = (): readonly number[] => [...session.partitions].map((told) => told.wanted.partition)
  assert.deepEqual(order(), [0, 1, 2])
  const [zero] = session.partitions
  assert.equal(zero!.wanted.fetchOffset, 5)
  session.rotate(zero!)
  assert.deepEqual(order(), [1, 2, 0])
  session.forget('t', '', 0)
  session.rotate(zero!)
  assert.deepEqual(order(), [1, 2], 'what was forgotten does not come back')
})
