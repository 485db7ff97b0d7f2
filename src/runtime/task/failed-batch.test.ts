import assert from 'node:assert/strict'
import test from 'node:test'
import { ClusterError } from '../../base/errors.ts'
import type { FailedBatch } from '../../client/producer.ts'
import type { ErrorContext } from '../../model/exception-handlers.ts'
import { builtChunk } from '../../testing/built-chunk.ts'
import { answerFailedBatch } from './failed-batch.ts'
import type { TaskHandlers } from './failures.ts'

const passing = new ClusterError('DELIVERY_TIMEOUT', 'Cannot write')
const lasting = new ClusterError('RECORD_TOO_LARGE', 'Cannot write')

function batchOf(error: ClusterError): FailedBatch {
  const records = [1, 2, 3].map((timestamp) => ({ key: null, value: Buffer.from('x'), timestamp, headers: null }))
  return {
    topic: 'out',
    partition: 4,
    error,
    recordCount: 3,
    batch: builtChunk({ topic: 'out', partition: 4, offset: 0 }, records).batches[0]!,
    nodes: Int32Array.of(0, 1, 0),
    sourcePartitions: Int32Array.of(5, 6, 7),
    sourceOffsets: Float64Array.of(50, 60, 70),
  }
}

interface Outcome {
  readonly answer: string
  readonly dropped: number
  readonly letters: number
}

function outcomeOf(error: ClusterError, production: TaskHandlers['production'], deadLetterTopic: string | null = null): Outcome {
  let dropped = 0
  let letters = 0
  const answer = answerFailedBatch(batchOf(error), {
    handlers: { deserialization: 'fail', processing: 'fail', production, deadLetterTopic },
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    originOf: (number) => ({ taskId: '0_1', node: number === 0 ? 'sink' : 'other', topic: 'in' }),
    onDropped: () => dropped++,
    writeDeadLetter: () => letters++,
  })
  return { answer, dropped, letters }
}

test('answerFailedBatch tries again what may pass, by default, and fails for the rest', () => {
  assert.deepEqual(outcomeOf(passing, 'fail'), { answer: 'retry', dropped: 0, letters: 0 })
  assert.deepEqual(outcomeOf(lasting, 'fail'), { answer: 'fail', dropped: 0, letters: 0 })
  assert.deepEqual(outcomeOf(lasting, 'retry'), { answer: 'fail', dropped: 0, letters: 0 })
})

test('answerFailedBatch skips every record, with a dead letter where there is a topic for them', () => {
  assert.deepEqual(outcomeOf(lasting, 'skip'), { answer: 'skip', dropped: 3, letters: 0 })
  assert.deepEqual(outcomeOf(lasting, 'dead-letter', 'dead'), { answer: 'skip', dropped: 3, letters: 3 })
  assert.deepEqual(outcomeOf(lasting, 'fail', 'dead'), { answer: 'fail', dropped: 0, letters: 3 })
  // A dead letter that cannot be written makes no further one.
  assert.deepEqual(outcomeOf(lasting, 'skip', 'out'), { answer: 'skip', dropped: 3, letters: 0 })
})

test('answerFailedBatch asks about each record with its place, and takes the strictest answer', () => {
  const seen: unknown[] = []
  const answers = ['skip', 'retry', 'skip'] as const
  const ask = ({ processor, topic, partition, offset, timestamp, taskId }: ErrorContext): 'skip' | 'retry' => {
    seen.push([processor, topic, partition, offset, timestamp, taskId])
    return answers[seen.length - 1]!
  }
  assert.deepEqual(outcomeOf(passing, ask), { answer: 'retry', dropped: 2, letters: 0 })
  assert.deepEqual(seen, [
    ['sink', 'in', 5, 50, 1, '0_1'],
    ['other', 'in', 6, 60, 2, '0_1'],
    ['sink', 'in', 7, 70, 3, '0_1'],
  ])
  const failing = (): never => {
    throw new Error('in handler')
  }
  assert.equal(outcomeOf(passing, failing).answer, 'fail')
})
