// The part of the client contract that is about reading. Run by contract.ts.
import assert from 'node:assert/strict'
import { type TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import { append, numbered, type ReadRecord, recordsOf, type Scene, take, type ContractCase } from './contract-scene.test.ts'
import type { FetchProblem } from './fetcher.ts'

export function fetchCases(check: ContractCase): void {
  positionCases(check)
  budgetCases(check)
  waitCases(check)
  changeCases(check)
  problemCases(check)
}

function values(records: readonly ReadRecord[]): (string | null)[] {
  return records.map(({ value }) => value)
}

async function written(
  scene: Scene,
  list: readonly string[],
  options: { readonly batchBytesMax?: number; readonly partitions?: number } = {},
): Promise<string> {
  const topic = await scene.topic({ partitions: options.partitions ?? 1 })
  const producer = scene.producer({ lingerMs: 0, ...(options.batchBytesMax === undefined ? {} : { batchBytesMax: options.batchBytesMax }) })
  for (let partition = 0; partition < (options.partitions ?? 1); partition++) append(producer, topic, list, partition)
  await producer.close()
  return topic
}

function positionCases(check: ContractCase): void {
  check('Fetcher begins in the middle of a batch', { differs: 'reading' }, async (scene) => {
    const topic = await written(scene, numbered('v', 10))
    const { fetcher } = scene.fetcher()
    fetcher.add({ topic, partition: 0 }, 7)
    assert.deepEqual(values(await take(fetcher, 3)), ['v-7', 'v-8', 'v-9'])
    assert.equal(fetcher.position({ topic, partition: 0 }), 10)
    assert.equal(fetcher.lag({ topic, partition: 0 }), 0)
    await fetcher.close()
  })

  check('Fetcher knows high watermark, last stable offset and lag', { differs: 'reading' }, async (scene) => {
    const topic = await written(scene, ['a', 'b'])
    const at = { topic, partition: 0 }
    const producer = await scene.transactional(scene.unique('txn'))
    append(producer, topic, ['open'])
    await producer.flush()
    const committed = scene.fetcher({ isolation: 'read_committed' }).fetcher
    const all = scene.fetcher({ isolation: 'read_uncommitted' }).fetcher
    for (const fetcher of [committed, all]) {
      assert.throws(() => fetcher.lag(at), RangeError)
      fetcher.add(at, 0)
      assert.equal(fetcher.lag(at), null)
    }
    await Promise.all([committed.whenReady(), all.whenReady()])
    assert.deepEqual([committed.highWatermark(at), committed.lastStableOffset(at), committed.lag(at)], [3, 2, 2])
    assert.equal(all.lag(at), 3)
    await Promise.all([committed.close(), all.close()])
  })

  check('Fetcher knows the lag of a partition that is removed and added again, though nothing new is in it', {}, async (scene) => {
    const at: TopicPartition = { topic: await written(scene, ['a', 'b']), partition: 0 }
    const { fetcher } = scene.fetcher({ maxWaitMs: 50 })
    fetcher.add(at, 0)
    await take(fetcher, 2)
    fetcher.remove(at)
    fetcher.add(at, 2)
    // The cluster has told where the partition ends, and does not say so again.
    for (let waits = 0; waits < 20 && fetcher.lag(at) === null; waits++) await scene.sleep(50)
    assert.deepEqual([fetcher.highWatermark(at), fetcher.lag(at)], [2, 0])
    await fetcher.close()
  })

  check('Fetcher gets a record soon after it was written, however long it was ready to wait', {}, async (scene) => {
    const topic = await written(scene, [])
    const { fetcher } = scene.fetcher({ maxWaitMs: 30_000 })
    fetcher.add({ topic, partition: 0 }, 0)
    await scene.sleep(200)
    const startMs = scene.nowMs
    const producer = scene.producer({ lingerMs: 0 })
    append(producer, topic, ['now'])
    assert.deepEqual(values(await take(fetcher, 1)), ['now'])
    assert.ok(scene.nowMs - startMs < 5_000)
    await fetcher.close()
  })

  check('Fetcher.seek() drops what was fetched before, and answers that are under way', {}, async (scene) => {
    const topic = await written(scene, numbered('v', 20), { batchBytesMax: 100 })
    const at = { topic, partition: 0 }
    const { fetcher } = scene.fetcher()
    fetcher.add(at, 0)
    for (let round = 0; round < 30; round++) {
      fetcher.seek(at, 15)
      if (round % 3 === 0) await fetcher.whenReady()
      else await scene.sleep(round % 2)
      fetcher.seek(at, 3)
      assert.equal(fetcher.position(at), 3)
      assert.deepEqual(fetcher.poll(), [])
      assert.equal((await take(fetcher, 1))[0]?.value, 'v-3')
    }
    fetcher.remove(at)
    await scene.sleep(2_000)
    assert.deepEqual(fetcher.poll(), [])
    await fetcher.close()
  })

  check('Fetcher.pause() holds a partition back and resume() gives it out', {}, async (scene) => {
    const topic = await written(scene, ['a'], { partitions: 2 })
    const { fetcher } = scene.fetcher()
    for (const partition of [0, 1]) fetcher.add({ topic, partition }, 0)
    fetcher.pause({ topic, partition: 0 })
    const seen: number[] = []
    const drain = (): void => {
      for (const chunk of fetcher.poll()) {
        seen.push(chunk.partition)
        chunk.release()
      }
    }
    await fetcher.whenReady()
    drain()
    await scene.sleep(2_000)
    drain()
    assert.deepEqual(seen, [1])
    fetcher.resume({ topic, partition: 0 })
    await fetcher.whenReady()
    drain()
    assert.deepEqual(seen, [1, 0])
    await fetcher.close()
  })

  check('Fetcher reaches the end behind markers and the gaps of compaction', { needs: ['compaction'] }, async (scene) => {
    const topic = await scene.topic({ configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' } })
    const producer = await scene.transactional(scene.unique('txn'), { lingerMs: 0 })
    for (let round = 0; round < 5; round++) {
      append(producer, topic, [
        { key: 'k', value: `${round}` },
        { key: `only-${round}`, value: 'x' },
      ])
      if (round === 3) await producer.abortTransaction()
      else await producer.commitTransaction([], { groupId: 'none', memberId: '', generation: -1, instanceId: null })
    }
    await scene.settled(topic)
    scene.world.compact!(topic)
    const at = { topic, partition: 0 }
    const end = (await scene.admin.listOffsets([at], 'latest', 'read_committed')).get(topic, 0)!
    const records = await scene.read(topic)
    assert.equal(records.find(({ key, value }) => key === 'k' && value === '4')?.key, 'k')
    assert.equal(
      records.some(({ key }) => key === 'only-3'),
      false,
    )
    const { fetcher } = scene.fetcher()
    fetcher.add(at, 0)
    while (fetcher.position(at) < end) {
      await fetcher.whenReady()
      for (const chunk of fetcher.poll()) chunk.release()
    }
    assert.equal(fetcher.position(at), end)
    await fetcher.close()
  })
}

function budgetCases(check: ContractCase): void {
  check('Fetcher stops at its byte budget until chunks are released, but never starves a partition', {}, async (scene) => {
    const list = numbered('x'.repeat(1_000), 50)
    const topic = await written(scene, list, { partitions: 2, batchBytesMax: 2_000 })
    const { fetcher } = scene.fetcher({ bufferBytesMax: 10_000, partitionMaxBytes: 4_000, fetchMaxBytes: 8_000 })
    fetcher.add({ topic, partition: 0 }, 0)
    const held = []
    for (let turn = 0; turn < 40; turn++) {
      held.push(...fetcher.poll())
      await scene.sleep(50)
    }
    const heldBytes = held.reduce((sum, chunk) => sum + chunk.byteLength, 0)
    assert.ok(heldBytes >= 10_000 && heldBytes < 22_000, `${heldBytes} bytes are held`)
    // The budget is used up by partition 0: the other one still gets its first batch.
    fetcher.add({ topic, partition: 1 }, 0)
    await fetcher.whenReady()
    const other = fetcher.poll()
    assert.deepEqual(
      other.map(({ partition }) => partition),
      [1],
    )
    for (const chunk of [...held, ...other]) chunk.release()
    const seen = [...held, ...other].flatMap(recordsOf).length
    assert.equal((await take(fetcher, 100 - seen)).length, 100 - seen)
    await fetcher.close()
  })

  check('Fetcher reads records that are larger than all of its limits', {}, async (scene) => {
    const large = ['a', 'b', 'c'].map((letter) => letter.repeat(200_000))
    const topic = await written(scene, large, { batchBytesMax: 1_000, partitions: 2 })
    const { fetcher, problems } = scene.fetcher({ partitionMaxBytes: 1_000, fetchMaxBytes: 2_000, bufferBytesMax: 10_000 })
    for (const partition of [0, 1]) fetcher.add({ topic, partition }, 0)
    const found = values(await take(fetcher, 6))
    assert.deepEqual(new Set(found), new Set(large))
    assert.deepEqual(problems, [])
    await fetcher.close()
  })

  check('Fetcher is fair to the partitions of a broker', {}, async (scene) => {
    const partitions = 9
    const topic = await written(scene, numbered('y'.repeat(500), 60), { partitions, batchBytesMax: 1_000 })
    // A response has room for two of them.
    const { fetcher } = scene.fetcher({ partitionMaxBytes: 2_000, fetchMaxBytes: 4_000 })
    for (let partition = 0; partition < partitions; partition++) fetcher.add({ topic, partition }, 0)
    const counts = Array.from({ length: partitions }, () => 0)
    while (Math.max(...counts) < 40) {
      await fetcher.whenReady()
      await scene.sleep(20)
      for (const chunk of fetcher.poll()) {
        counts[chunk.partition]! += recordsOf(chunk).length
        chunk.release()
      }
    }
    assert.ok(Math.min(...counts) >= 10, `the partitions have given ${counts.join(', ')} records`)
    await fetcher.close()
  })
}

function waitCases(check: ContractCase): void {
  check('Fetcher does not let a partition that was paused wait for the others of its broker', {}, async (scene) => {
    const topic = await scene.topic({ partitions: 9 })
    const { metadata } = scene.client
    const { partitions } = (await metadata.fetchTopics([topic])).get(topic)!
    const [busy, idle] = partitions.filter(({ leaderId }) => leaderId === partitions[0]!.leaderId)
    assert.ok(busy !== undefined && idle !== undefined)
    const producer = scene.producer({ lingerMs: 0 })
    const { fetcher } = scene.fetcher({ maxWaitMs: 60_000 })
    const at = { topic, partition: busy.partition }
    for (const { partition } of [busy, idle]) fetcher.add({ topic, partition }, 0)
    for (let round = 0; round < 5; round++) {
      append(producer, topic, [`${round}`], at.partition)
      assert.deepEqual(values(await take(fetcher, 1)), [`${round}`])
      fetcher.pause(at)
      append(producer, topic, ['while paused'], at.partition)
      await scene.sleep(50)
      const startMs = scene.nowMs
      fetcher.resume(at)
      assert.deepEqual(values(await take(fetcher, 1)), ['while paused'])
      assert.ok(scene.nowMs - startMs < 2_000, `it took ${scene.nowMs - startMs} ms`)
    }
    await fetcher.close()
  })
}

function changeCases(check: ContractCase): void {
  check(
    'Fetcher goes on after lost sessions, cut connections and moved leaders',
    { needs: ['cuts', 'leader moves', 'lost sessions'], differs: 'reading' },
    async (scene) => {
      const topic = await scene.topic({ partitions: 2 })
      const producer = scene.producer({ lingerMs: 0 })
      const { fetcher, problems } = scene.fetcher()
      for (const partition of [0, 1]) fetcher.add({ topic, partition }, 0)
      const seen: ReadRecord[][] = [[], []]
      const troubles = [
        () => scene.faults.loseFetchSessions(),
        () => scene.cut({ api: 'Fetch', when: 'after' }),
        () => scene.faults.moveLeader(topic, 0),
        () => scene.cut({ api: 'Fetch', when: 'before' }),
        () => scene.faults.moveLeader(topic, 1),
        () => scene.faults.moveLeader(topic, 0),
      ]
      for (const [round, trouble] of troubles.entries()) {
        trouble()
        for (const partition of [0, 1]) append(producer, topic, [`${round}`], partition)
        while (seen.some((records) => records.length <= round)) {
          await fetcher.whenReady()
          for (const chunk of fetcher.poll()) {
            seen[chunk.partition]!.push(...recordsOf(chunk))
            chunk.release()
          }
        }
      }
      for (const records of seen) assert.deepEqual(values(records), ['0', '1', '2', '3', '4', '5'])
      assert.deepEqual(problems, [])
      await fetcher.close()
    },
  )

  check('Fetcher waits for a topic that is made later', {}, async (scene) => {
    const topic = scene.unique('later')
    const { fetcher, problems } = scene.fetcher()
    fetcher.add({ topic, partition: 0 }, 0)
    await scene.sleep(3_000)
    await scene.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1 }])
    const producer = scene.producer({ lingerMs: 0 })
    append(producer, topic, ['first'])
    assert.deepEqual(values(await take(fetcher, 1)), ['first'])
    assert.deepEqual(problems, [])
    await fetcher.close()
  })
}

function problemCases(check: ContractCase): void {
  const firstProblem = async (scene: Scene, problems: readonly FetchProblem[]): Promise<FetchProblem> => {
    for (let turn = 0; turn < 200 && problems.length === 0; turn++) await scene.sleep(100)
    assert.equal(problems.length, 1)
    return problems[0]!
  }

  check('Fetcher reports a position that is not in the log, and goes on after a seek', { differs: 'reading' }, async (scene) => {
    const topic = await written(scene, ['a', 'b', 'c', 'd'])
    const at = { topic, partition: 0 }
    await scene.admin.deleteRecords(new TopicPartitionMap<number>().set(topic, 0, 2))
    const { fetcher, problems } = scene.fetcher()
    fetcher.add(at, 0)
    const problem = await firstProblem(scene, problems)
    assert.equal(problem.kind, 'out-of-range')
    assert.equal(problem.offset, 0)
    assert.equal(problem.error.code, 'OFFSET_OUT_OF_RANGE')
    fetcher.seek(at, 2)
    assert.deepEqual(values(await take(fetcher, 2)), ['c', 'd'])
    await fetcher.close()
  })

  check('Fetcher reports a topic that was deleted and made again', { differs: 'reading' }, async (scene) => {
    const topic = await written(scene, ['old', 'older'])
    const at = { topic, partition: 0 }
    const { fetcher, problems } = scene.fetcher()
    fetcher.add(at, 0)
    await take(fetcher, 2)
    await scene.admin.deleteTopics([topic])
    await scene.sleep(1_000)
    await scene.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1 }])
    const producer = scene.producer({ lingerMs: 0 })
    append(producer, topic, ['new'])
    const problem = await firstProblem(scene, problems)
    assert.equal(problem.kind, 'recreated')
    assert.equal(problem.error.code, 'TOPIC_RECREATED')
    fetcher.seek(at, 0)
    assert.deepEqual(values(await take(fetcher, 1)), ['new'])
    await fetcher.close()
  })
}
