// Goal: whatever connections, leaders, coordinators and fences do, each record is written once and read once, in order.
// Method: a producer, a transactional copy of it and readers on a cluster with seeded faults, in virtual time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import type { RandomFaultOptions } from '../broker/faults/random-faults.ts'
import { append, outsider, recordsOf, Scene } from './contract-scene.test.ts'
import { fetchOffsets } from './offsets.ts'
import type { Producer } from './producer.ts'

const RECORDS = 60
/** Much more than a cluster has in its life, so that errors meet errors. */
const trouble: RandomFaultOptions = { cutBefore: 0.03, cutAfter: 0.03, stall: 0.004, slow: 0.1, eventIntervalMs: 400, fence: 0.1 }

interface Chaos {
  readonly scene: Scene
  readonly cluster: EmbeddedCluster
  readonly world: VirtualWorld
}

async function inChaos(seed: number, transactionVersion: 1 | 2, body: (chaos: Chaos) => Promise<void>): Promise<void> {
  const world = new VirtualWorld({ seed, shuffle: true })
  const environment = world.environment('cluster')
  const cluster = new EmbeddedCluster({ environment, nodes: 3, codec: 'encode', transactionVersion, transactionScanIntervalMs: 1_000 })
  const scene = new Scene(
    {
      cluster,
      environment: (name) => world.environment(name),
      settle: (work) => work,
      cut: null,
      faults: null,
      compact: null,
      dispose: () => Promise.resolve(),
    },
    { transactionVersion },
  )
  let isOver = false
  const work = body({ scene, cluster, world }).finally(() => {
    isOver = true
  })
  work.catch(() => undefined)
  await world.run(() => isOver, { maxTimeMs: 3_600_000 })
  scene.close()
  cluster.close()
  await work
}

/** Reads along while the others write. */
async function follow(
  scene: Scene,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted',
  isDone: (seen: readonly string[]) => boolean,
): Promise<string[]> {
  const { fetcher, problems } = scene.fetcher({ isolation, partitionMaxBytes: 500, fetchMaxBytes: 1_000 }, scene.openClient('reader'))
  fetcher.add({ topic, partition: 0 }, 0)
  const seen: string[] = []
  while (!isDone(seen)) {
    await fetcher.whenReady()
    assert.deepEqual(problems, [])
    for (const chunk of fetcher.poll()) {
      for (const { value } of recordsOf(chunk)) seen.push(value!)
      chunk.release()
    }
  }
  await fetcher.close()
  return seen
}

async function committedOffset(scene: Scene, group: string, topic: string): Promise<number> {
  const coordinator = scene.groupCoordinator(group)
  const at = [{ topic, partition: 0 }]
  const found = await fetchOffsets(coordinator, () => outsider(group), at, { requireStable: true, timeoutMs: 600_000 })
  coordinator.close()
  return found.get(topic, 0)?.offset ?? 0
}

async function untilItWorks(scene: Scene, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isMillraceError(error)) throw error
      await scene.sleep(100)
    }
  }
}

/** Writes 0, 1, 2, ... in transactions that hold the next number as a position, and recovers as a stream thread would. */
async function writeInTransactions(scene: Scene, topic: string, group: string, outcomes: Map<string, number>): Promise<void> {
  const producer = scene.producer({
    transactionalId: `${group}-id`,
    lingerMs: 5,
    batchBytesMax: 150,
    maxBlockMs: 8_000,
    transactionTimeoutMs: 5_000,
  })
  const { random } = scene.client.options.environment
  await untilItWorks(scene, () => producer.initTransactions())
  for (let next = 0; next < RECORDS;) {
    const count = 1 + Math.floor(random.next() * 5)
    const error = await attempt(producer, topic, group, { next, count, mustAbort: random.next() < 0.15 })
    outcomes.set(error ?? 'committed', (outcomes.get(error ?? 'committed') ?? 0) + 1)
    if (error === null) next += count
    else if (error !== 'aborted') {
      await untilItWorks(scene, () => producer.initTransactions())
      next = await committedOffset(scene, group, topic)
    }
  }
  await producer.close()
}

/** One transaction; `null`: committed, `aborted`, or the code after which only a new session helps. */
async function attempt(
  producer: Producer,
  topic: string,
  group: string,
  { next, count, mustAbort }: { readonly next: number; readonly count: number; readonly mustAbort: boolean },
): Promise<string | null> {
  try {
    append(
      producer,
      topic,
      Array.from({ length: count }, (_, index) => `${next + index}`),
    )
    if (!mustAbort) {
      await producer.commitTransaction([{ topic, partition: 0, offset: next + count, leaderEpoch: -1, metadata: '' }], outsider(group))
      return null
    }
    await producer.flush()
  } catch (error) {
    if (!isMillraceError(error)) throw error
    if (error.code !== 'TRANSACTION_ABORTABLE') return error.code
  }
  try {
    await producer.abortTransaction()
    return 'aborted'
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return error.code
  }
}

const numbers = Array.from({ length: RECORDS }, (_, index) => `${index}`)

describe('client under seeded faults', () => {
  for (const transactionVersion of [1, 2] as const) {
    for (let seed = 1; seed <= 12; seed++) {
      test(`Producer commits exactly once, transaction version ${transactionVersion}, seed ${seed}`, async () => {
        const outcomes = new Map<string, number>()
        await inChaos(seed, transactionVersion, async ({ scene, cluster }) => {
          const topic = await scene.topic()
          cluster.faults.startRandom(trouble)
          const reading = follow(scene, topic, 'read_committed', (seen) => seen.length >= RECORDS)
          await writeInTransactions(scene, topic, 'group', outcomes)
          cluster.faults.stop()
          const seen = await reading
          await scene.settled(topic)
          // Nothing comes after it either.
          const all = await scene.values(topic)
          assert.deepEqual(all.slice(0, RECORDS), numbers, JSON.stringify([...outcomes]))
          assert.equal(new Set(all).size, all.length)
          assert.deepEqual(seen.slice(0, RECORDS), numbers)
        })
      })
    }
  }

  for (let seed = 1; seed <= 12; seed++) {
    test(`Producer without transactions writes once, in order, seed ${seed}`, async () => {
      await inChaos(seed, 2, async ({ scene, cluster }) => {
        const topic = await scene.topic()
        cluster.faults.startRandom(trouble)
        const reading = follow(scene, topic, 'read_uncommitted', (seen) => seen.length >= RECORDS)
        const producer = scene.producer({ lingerMs: 2, batchBytesMax: 120 })
        for (const value of numbers) {
          append(producer, topic, [value])
          if (Number(value) % 4 === 0) await scene.sleep(Number(value) * 3)
        }
        await producer.flush()
        cluster.faults.stop()
        assert.deepEqual(await reading, numbers)
        assert.deepEqual(await scene.values(topic), numbers)
        assert.equal(producer.acknowledgedOffset(producer.target(topic, 0)), RECORDS - 1)
      })
    })
  }
})
