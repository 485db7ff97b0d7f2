import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { type ProducerBatch, ProducerStates, type ProducerVerdict } from './producer-states.ts'

const DAY_MS = 86_400_000

function batch(baseSequence: number, count = 1, overrides: Partial<ProducerBatch> = {}): ProducerBatch {
  return {
    producerId: 7,
    producerEpoch: 0,
    baseSequence,
    lastSequence: (baseSequence + count - 1) & 0x7fff_ffff,
    isTransactional: false,
    ...overrides,
  }
}

/** Judges, and appends what may be appended. */
function offer(states: ProducerStates, offered: ProducerBatch, baseOffset: number, nowMs = 0): ProducerVerdict {
  const verdict = states.judge(offered, nowMs, false)
  if (verdict.kind === 'append') states.appended(offered, baseOffset, nowMs)
  return verdict
}

function refused(verdict: ProducerVerdict): number {
  assert.equal(verdict.kind, 'refuse')
  return verdict.kind === 'refuse' ? verdict.errorCode : 0
}

test('ProducerStates takes sequences that follow each other', () => {
  const states = new ProducerStates(DAY_MS)
  assert.equal(offer(states, batch(0, 3), 0).kind, 'append')
  assert.equal(offer(states, batch(3, 1), 3).kind, 'append')
  assert.equal(refused(offer(states, batch(5), 4)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
})

test('ProducerStates accepts any sequence of a producer that it does not know, unless epochs are bumped per transaction', () => {
  const states = new ProducerStates(DAY_MS)
  const late = batch(12, 1, { isTransactional: true })
  assert.equal(refused(states.judge(late, 0, true)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal(states.judge(late, 0, false).kind, 'append')
})

test('ProducerStates recognises each of the last five batches', () => {
  const states = new ProducerStates(DAY_MS)
  for (let index = 0; index < 6; index++) offer(states, batch(index * 2, 2), index * 2)
  for (let index = 1; index < 6; index++) {
    const verdict = states.judge(batch(index * 2, 2), 0, false)
    assert.equal(verdict.kind === 'duplicate' ? verdict.batch.baseOffset : -1, index * 2)
  }
  assert.equal(refused(states.judge(batch(0, 2), 0, false)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal(refused(states.judge(batch(4, 1), 0, false)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
})

test('ProducerStates follows sequences around from 2^31 - 1 to 0', () => {
  const states = new ProducerStates(DAY_MS)
  const last = batch(0x7fff_fffe, 2)
  assert.equal(last.lastSequence, 0x7fff_ffff)
  offer(states, last, 0)
  assert.equal(offer(states, batch(0, 1), 2).kind, 'append')
  const across = new ProducerStates(DAY_MS)
  offer(across, batch(0x7fff_ffff, 3), 0)
  assert.equal(offer(across, batch(2, 1), 3).kind, 'append')
})

test('ProducerStates fences older epochs and starts newer ones at sequence 0', () => {
  const states = new ProducerStates(DAY_MS)
  offer(states, batch(0, 1, { producerEpoch: 2 }), 0)
  assert.equal(refused(states.judge(batch(1, 1, { producerEpoch: 1 }), 0, false)), kafkaErrors.INVALID_PRODUCER_EPOCH)
  assert.equal(refused(states.judge(batch(1, 1, { producerEpoch: 3 }), 0, false)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal(offer(states, batch(0, 1, { producerEpoch: 3 }), 1).kind, 'append')
})

test('ProducerStates keeps sequences across a marker of the same epoch and restarts them after one of a later epoch', () => {
  const transactional = { isTransactional: true }
  const states = new ProducerStates(DAY_MS)
  offer(states, batch(0, 2, transactional), 0)
  assert.equal(states.ended(7, 0, 0), 0)
  assert.equal(offer(states, batch(2, 1, transactional), 3).kind, 'append')
  assert.equal(states.ended(7, 1, 0), 3)
  assert.equal(
    refused(states.judge(batch(3, 1, { ...transactional, producerEpoch: 1 }), 0, true)),
    kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER,
  )
  assert.equal(states.judge(batch(0, 1, { ...transactional, producerEpoch: 1 }), 0, true).kind, 'append')
  assert.equal(states.acceptsMarker(7, 0), false)
})

test('ProducerStates knows the first offset of the oldest open transaction', () => {
  const states = new ProducerStates(DAY_MS)
  assert.equal(states.firstOpenOffset, null)
  offer(states, batch(0, 1, { isTransactional: true, producerId: 1 }), 10)
  offer(states, batch(0, 1, { isTransactional: true, producerId: 2 }), 11)
  offer(states, batch(1, 1, { isTransactional: true, producerId: 1 }), 12)
  assert.equal(states.firstOpenOffset, 10)
  assert.equal(states.ended(1, 0, 0), 10)
  offer(states, batch(2, 1, { isTransactional: true, producerId: 1 }), 14)
  assert.equal(states.firstOpenOffset, 11)
  assert.equal(states.hasOpenTransaction(2, 0), true)
  assert.equal(states.hasOpenTransaction(2, 1), false)
  assert.equal(states.ended(2, 0, 0), 11)
  assert.equal(states.firstOpenOffset, 14)
})

test('ProducerStates refuses a batch outside the transaction that its producer has open', () => {
  const states = new ProducerStates(DAY_MS)
  offer(states, batch(0, 1, { isTransactional: true }), 0)
  assert.equal(refused(states.judge(batch(1), 0, false)), kafkaErrors.INVALID_TXN_STATE)
})

test('ProducerStates forgets an idle producer, but none with an open transaction', () => {
  const states = new ProducerStates(1_000)
  offer(states, batch(0, 1), 0)
  offer(states, batch(0, 1, { producerId: 8, isTransactional: true }), 1)
  assert.equal(states.judge(batch(5), 999, false).kind, 'refuse')
  assert.equal(states.judge(batch(5), 1_000, false).kind, 'append')
  assert.equal(states.judge(batch(5, 1, { producerId: 8, isTransactional: true }), 5_000, false).kind, 'refuse')
})

test('ProducerStates lets nobody join whose epoch is over, which leaves the one after it alone', () => {
  const present = { isTransactional: true, producerEpoch: 1 }
  const states = new ProducerStates(DAY_MS)
  assert.equal(states.joins(batch(0, 2, present)), true)
  offer(states, batch(0, 2, present), 0)
  assert.equal(states.joins(batch(0, 1, { isTransactional: true })), false)
  assert.equal(offer(states, batch(2, 1, present), 2).kind, 'append')
})

test('ProducerStates keeps the place of who joins from other epochs too', () => {
  const states = new ProducerStates(DAY_MS)
  states.joins(batch(0, 1, { isTransactional: true, producerEpoch: 1 }))
  assert.equal(refused(offer(states, batch(3), 0)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
})

test('ProducerStates recognises a repeated batch whatever else its producer has asked for', () => {
  const states = new ProducerStates(DAY_MS)
  for (const sequence of [0, 1]) offer(states, batch(sequence), sequence)
  states.joins(batch(0, 1, { isTransactional: true, producerEpoch: 1 }))
  assert.equal(states.judge(batch(1), 0, true).kind, 'duplicate')
})

test('ProducerStates lets a producer of the second version begin at 0 only, once it has asked to join', () => {
  const states = new ProducerStates(DAY_MS)
  states.joins(batch(3, 1, { isTransactional: true }))
  assert.equal(refused(states.judge(batch(3), 0, true)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal(states.judge(batch(0), 0, true).kind, 'append')
})

test('ProducerStates lets no batch overtake one that could not join the transaction yet', () => {
  const transactional = { isTransactional: true }
  const states = new ProducerStates(DAY_MS)
  states.joins(batch(0, 1, transactional))
  states.joins(batch(1, 1, transactional))
  assert.equal(refused(offer(states, batch(1, 1, transactional), 0)), kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal(offer(states, batch(0, 1, transactional), 0).kind, 'append')
  assert.equal(offer(states, batch(1, 1, transactional), 1).kind, 'append')
  states.ended(7, 0, 0)
  states.joins(batch(2, 1, transactional))
  states.joins(batch(0, 1, { ...transactional, producerEpoch: 1 }))
  assert.equal(offer(states, batch(0, 1, { ...transactional, producerEpoch: 1 }), 3).kind, 'append')
})
