// The part of the client contract that is about writing. Run by contract.ts.
import assert from 'node:assert/strict'
import { isMillraceError } from '../base/errors.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import { append, codeOf, numbered, type Scene, type ContractCase } from './contract-scene.test.ts'
import type { FailedBatch, Producer } from './producer.ts'

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export function produceCases(check: ContractCase): void {
  roundTripCases(check)
  idempotenceCases(check)
  failureCases(check)
}

function roundTripCases(check: ContractCase): void {
  for (const compression of compressions) {
    check(
      `Producer writes what a Fetcher reads, compression ${compression}`,
      compression === 'none' ? { differs: 'writing' } : {},
      async (scene) => {
        const topic = await scene.topic()
        const producer = scene.producer({ compression })
        const long = 'long '.repeat(2_000)
        append(producer, topic, [
          {
            key: 'a',
            value: 'one',
            timestamp: 1_700_000_000_123,
            headers: [
              ['h', 'x'],
              ['h', null],
            ],
          },
          { key: null, value: 'no key', timestamp: 5 },
          { key: 'deleted', value: null },
          { key: '', value: '' },
          { key: 'b', value: long },
        ])
        await producer.flush()
        assert.deepEqual(await scene.read(topic), [
          {
            offset: 0,
            timestamp: 1_700_000_000_123,
            key: 'a',
            value: 'one',
            headers: [
              ['h', 'x'],
              ['h', null],
            ],
          },
          { offset: 1, timestamp: 5, key: null, value: 'no key', headers: [] },
          { offset: 2, timestamp: 1_000, key: 'deleted', value: null, headers: [] },
          { offset: 3, timestamp: 1_000, key: '', value: '', headers: [] },
          { offset: 4, timestamp: 1_000, key: 'b', value: long, headers: [] },
        ])
        assert.equal(producer.acknowledgedOffset(producer.target(topic, 0)), 4)
        assert.equal(producer.bufferedBytes, 0)
        await producer.close()
      },
    )
  }

  check('Producer keeps the order of each partition over many batches', {}, async (scene) => {
    const topic = await scene.topic({ partitions: 3 })
    const producer = scene.producer({ batchBytesMax: 200, lingerMs: 0 })
    for (const partition of [0, 1, 2]) append(producer, topic, numbered(`p${partition}`, 300), partition)
    await producer.flush()
    for (const partition of [0, 1, 2]) assert.deepEqual(await scene.values(topic, partition), numbered(`p${partition}`, 300))
  })

  check('Producer sends what has lingered without a flush', {}, async (scene) => {
    const topic = await scene.topic()
    const producer = scene.producer({ lingerMs: 50 })
    append(producer, topic, ['a'])
    await scene.sleep(500)
    assert.deepEqual(await scene.values(topic), ['a'])
    assert.equal(producer.acknowledgedOffset(producer.target(topic, 0)), 0)
  })

  check('Producer.close() waits for what was appended, or drops it', {}, async (scene) => {
    const topic = await scene.topic()
    const kept = scene.producer({ lingerMs: 1_000 })
    append(kept, topic, ['kept'])
    await kept.close()
    const dropped = scene.producer({ lingerMs: 1_000 })
    append(dropped, topic, ['dropped'])
    await dropped.close({ timeoutMs: 0 })
    assert.deepEqual(await scene.values(topic), ['kept'])
    assert.throws(() => append(kept, topic, ['late']), codeIs('CLIENT_CLOSED'))
  })

  check('Producer.whenWritable() waits until there is room', {}, async (scene) => {
    const topic = await scene.topic()
    const producer = scene.producer({ bufferBytesMax: 1_000, lingerMs: 60_000 })
    await producer.whenWritable()
    append(producer, topic, numbered('x'.repeat(100), 20))
    assert.equal(producer.isFull, true)
    await producer.whenWritable()
    assert.equal(producer.isFull, false)
    assert.equal((await scene.read(topic)).length, 20)
  })
}

function idempotenceCases(check: ContractCase): void {
  check('Producer writes each record once when answers are lost', { needs: ['cuts'], differs: 'writing' }, async (scene) => {
    const topic = await scene.topic()
    const producer = scene.producer({ batchBytesMax: 200, lingerMs: 0 })
    scene.cut({ api: 'Produce', when: 'after', times: 3, skip: 1 })
    scene.cut({ api: 'Produce', when: 'before', times: 2, skip: 5 })
    append(producer, topic, numbered('v', 200))
    await producer.flush()
    assert.deepEqual(await scene.values(topic), numbered('v', 200))
    assert.equal(producer.acknowledgedOffset(producer.target(topic, 0)), 199)
  })

  check(
    'Producer writes each record once, in order, when leaders move',
    { needs: ['cuts', 'leader moves'], differs: 'writing' },
    async (scene) => {
      const topic = await scene.topic({ partitions: 2 })
      const producer = scene.producer({ batchBytesMax: 300, lingerMs: 0 })
      const expected: string[] = []
      for (let round = 0; round < 10; round++) {
        const values = numbered(`r${round}`, 20)
        for (const partition of [0, 1]) append(producer, topic, values, partition)
        expected.push(...values)
        if (round % 3 === 1) scene.faults.moveLeader(topic, round % 2)
        if (round % 4 === 2) scene.cut({ api: 'Produce', when: 'after' })
        await scene.sleep(20)
      }
      await producer.flush()
      for (const partition of [0, 1]) assert.deepEqual(await scene.values(topic, partition), expected)
    },
  )

  check('Producer splits a batch that is too large for the topic', {}, async (scene) => {
    const topic = await scene.topic({ configs: { 'max.message.bytes': '1000' } })
    const producer = scene.producer({ batchBytesMax: 16_000, lingerMs: 0 })
    append(producer, topic, numbered('y'.repeat(100), 100))
    append(producer, topic, ['last'])
    await producer.flush()
    assert.deepEqual(await scene.values(topic), [...numbered('y'.repeat(100), 100), 'last'])
    assert.equal(producer.bufferedBytes, 0)
  })

  check('Producer keeps compressed records when it splits a batch', {}, async (scene) => {
    const topic = await scene.topic({ configs: { 'max.message.bytes': '400' } })
    const producer = scene.producer({ batchBytesMax: 16_000, compression: 'gzip' })
    const values = Array.from({ length: 30 }, (_, index) => `${index}-${scene.client.options.environment.random.uuid()}`)
    append(producer, topic, values)
    await producer.flush()
    assert.deepEqual(await scene.values(topic), values)
  })
}

function failureCases(check: ContractCase): void {
  check('Producer.append() refuses a record that is too large and keeps the rest', {}, async (scene) => {
    const topic = await scene.topic()
    const producer = scene.producer({ requestBytesMax: 1_000 })
    append(producer, topic, ['before'])
    assert.throws(() => append(producer, topic, ['z'.repeat(2_000)]), codeIs('RECORD_TOO_LARGE'))
    append(producer, topic, ['after'])
    await producer.flush()
    assert.deepEqual(await scene.values(topic), ['before', 'after'])
  })

  check('Producer tells of a failed batch where its records came from; skip goes on', {}, async (scene) => {
    const failures: string[] = []
    const { topic, producer } = await compacted(scene, (failure) => {
      failures.push(describe(failure))
      return 'skip'
    })
    append(producer, topic, ['good'])
    await producer.flush()
    append(producer, topic, [{ value: 'bad' }, { value: 'too' }])
    await producer.flush()
    append(producer, topic, ['again'])
    await producer.flush()
    assert.deepEqual(failures, ['87 bad@7/3/0 too@7/3/1'])
    assert.deepEqual(await scene.values(topic), ['good', 'again'])
  })

  check('Producer.flush() rejects with a failure that was not skipped, once', {}, async (scene) => {
    const { topic, producer } = await compacted(scene, () => 'fail')
    append(producer, topic, [{ value: 'bad' }])
    assert.equal(await codeOf(producer.flush()), 'REQUEST_REFUSED')
    append(producer, topic, ['good'])
    await producer.flush()
    assert.deepEqual(await scene.values(topic), ['good'])
    append(producer, topic, [{ value: 'bad' }])
    await scene.sleep(1_000)
    assert.throws(() => append(producer, topic, ['next']), codeIs('REQUEST_REFUSED'))
    await producer.abortTransaction()
    append(producer, topic, ['next'])
    await producer.flush()
    assert.deepEqual(await scene.values(topic), ['good', 'next'])
  })

  check('Producer gives up records after the delivery time-out, and goes on when the partition is there', {}, async (scene) => {
    const failures: string[] = []
    const topic = scene.unique('later')
    const producer = scene.producer({
      deliveryTimeoutMs: 2_000,
      onFailedBatch: ({ error }) => {
        failures.push(error.code)
        return 'skip'
      },
    })
    append(producer, topic, ['lost'])
    await producer.flush()
    assert.deepEqual(failures, ['DELIVERY_TIMEOUT'])
    await scene.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1 }])
    append(producer, topic, ['found'])
    await producer.flush()
    assert.deepEqual(await scene.values(topic), ['found'])
  })

  check('Producer tries a failed batch again when the handler says so', {}, async (scene) => {
    let tries = 0
    const topic = scene.unique('retried')
    const producer = scene.producer({
      deliveryTimeoutMs: 1_000,
      onFailedBatch: () => {
        tries++
        return 'retry'
      },
    })
    append(producer, topic, ['a', 'b'])
    await scene.sleep(3_500)
    assert.ok(tries >= 2)
    await scene.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1 }])
    await producer.flush()
    assert.deepEqual(await scene.values(topic), ['a', 'b'])
  })
}

/** A compacted topic refuses records without a key. */
async function compacted(
  scene: Scene,
  onFailedBatch: (failure: FailedBatch) => 'fail' | 'skip',
): Promise<{ topic: string; producer: Producer }> {
  const topic = await scene.topic({ configs: { 'cleanup.policy': 'compact' } })
  return { topic, producer: scene.producer({ onFailedBatch }) }
}

function describe(failure: FailedBatch): string {
  const cursor = new RecordCursor()
  cursor.open(failure.batch)
  const records: string[] = []
  for (let index = 0; cursor.next(); index++) {
    const { nodes, sourcePartitions, sourceOffsets } = failure
    records.push(`${cursor.value()?.toString()}@${nodes[index]}/${sourcePartitions[index]}/${sourceOffsets[index]}`)
  }
  assert.equal(records.length, failure.recordCount)
  return `${failure.error.kafkaCode} ${records.join(' ')}`
}

function codeIs(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}
