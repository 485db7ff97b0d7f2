// A whole consume-transform-produce loop over the embedded cluster under seeded faults and crashes: the output that read_committed readers
// see has each input record once, in order. What the simulation does with the runtime, here with the client alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { Client } from '../client/client.ts'
import { append, recordsOf } from '../client/contract-scene.test.ts'
import { Coordinator } from '../client/coordinator.ts'
import { Fetcher } from '../client/fetcher.ts'
import type { GroupMetadata } from '../client/group-metadata.ts'
import { fetchOffsets } from '../client/offsets.ts'
import { Producer } from '../client/producer.ts'
import { EmbeddedCluster } from './embedded-cluster.ts'

const SEEDS = 12
const RECORDS = 60
const partitions = [0, 1].map((partition) => ({ topic: 'input', partition }))
const group: GroupMetadata = { groupId: 'copy', memberId: '', generation: -1, instanceId: null }

interface Run {
  readonly world: VirtualWorld
  readonly cluster: EmbeddedCluster
  crashes: number
}

function openClient({ world, cluster }: Run, name: string): Client {
  const environment = world.environment(name)
  return new Client({
    clientId: name,
    bootstrap: cluster.bootstrap,
    transport: cluster.transport({ clientId: name, environment }),
    environment,
    requestTimeoutMs: 3_000,
    retryBackoffMs: 50,
    retryBackoffMaxMs: 500,
    metadataMaxAgeMs: 300_000,
  })
}

/** Copies input to output in transactions; whatever goes wrong, it begins anew from what is committed. */
async function copy(client: Client): Promise<void> {
  for (;;) {
    try {
      await copyUntilTrouble(client)
    } catch {
      // Fenced, aborted or undecided: a new producer finds out.
    }
  }
}

async function copyUntilTrouble(client: Client): Promise<void> {
  const coordinator = new Coordinator(client, 'group', group.groupId)
  const producer = new Producer(client, {
    transactionalId: 'copy',
    transactionTimeoutMs: 10_000,
    lingerMs: 2,
    batchBytesMax: 512,
    bufferBytesMax: 1_000_000,
    requestBytesMax: 100_000,
    deliveryTimeoutMs: Infinity,
    compression: 'none',
    maxInFlight: 5,
    maxBlockMs: 20_000,
    onFailedBatch: () => 'fail',
  })
  const fetcher = new Fetcher(
    client,
    {
      purpose: 'fetch',
      isolation: 'read_committed',
      fetchMaxBytes: 1_000_000,
      partitionMaxBytes: 400,
      minBytes: 1,
      maxWaitMs: 200,
      bufferBytesMax: 1_000_000,
      checkCrcs: true,
    },
    () => undefined,
  )
  try {
    await producer.initTransactions()
    const committed = await fetchOffsets(coordinator, () => group, partitions, { requireStable: true, timeoutMs: 60_000 })
    for (const at of partitions) fetcher.add(at, committed.get(at.topic, at.partition)?.offset ?? 0)
    for (;;) {
      await fetcher.whenReady()
      const offsets = fetcher.poll().map((chunk) => {
        const values = recordsOf(chunk).map((record) => record.value ?? '')
        append(producer, 'output', values, chunk.partition)
        chunk.release()
        return { topic: 'input', partition: chunk.partition, offset: chunk.nextOffset, leaderEpoch: -1, metadata: '' }
      })
      await producer.commitTransaction(offsets, group)
    }
  } finally {
    coordinator.close()
    await fetcher.close()
    await producer.close({ timeoutMs: 0 })
  }
}

function outputOf({ cluster }: Run, partition: number): readonly (string | undefined)[] {
  return cluster.read('output', partition, { isolation: 'read_committed' }).map((record) => record.value?.toString())
}

async function runSeed(seed: number): Promise<Run> {
  const world = new VirtualWorld({ seed, shuffle: true })
  const chance = new Prng(seed)
  const cluster = new EmbeddedCluster({
    environment: world.environment('cluster'),
    nodes: 3,
    codec: seed % 4 < 2 ? 'encode' : 'pass-through',
    latencyMs: 1,
    transactionVersion: seed % 2 === 0 ? 2 : 1,
    transactionScanIntervalMs: 1_000,
  })
  const run: Run = { world, cluster, crashes: 0 }
  for (const topic of ['input', 'output']) cluster.createTopic(topic, { partitions: 2 })
  for (let index = 0; index < RECORDS; index++) {
    cluster.append('input', index % 2, [{ key: Buffer.from('k'), value: Buffer.from(`${index}`) }])
  }
  cluster.faults.startRandom({ seed, cutBefore: 0.02, cutAfter: 0.02, stall: 0.002, slow: 0.02, eventIntervalMs: 400 })
  let client = openClient(run, 'copy-0')
  void copy(client)
  const isDone = (): boolean => [0, 1].every((partition) => outputOf(run, partition).length >= RECORDS / 2)
  let next = world.eventCount + 30 + chance.below(150)
  const deadlineMs = world.nowMs + 60_000
  await world.run(
    () => {
      if (world.nowMs > deadlineMs) cluster.faults.stop()
      if (world.eventCount > next && run.crashes < 5) {
        next = world.eventCount + 30 + chance.below(200)
        client.options.environment.lifeline.cut()
        client = openClient(run, `copy-${++run.crashes}`)
        void copy(client)
      }
      return isDone()
    },
    { maxEvents: 200_000 },
  )
  cluster.faults.stop()
  await world.advance(30_000)
  client.options.environment.lifeline.cut()
  return run
}

test('what a transactional copy writes is there once and in order, whatever happens', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = await runSeed(seed)
    for (const partition of [0, 1]) {
      const expected = Array.from({ length: RECORDS / 2 }, (_, index) => `${index * 2 + partition}`)
      assert.deepEqual(outputOf(run, partition), expected, `seed ${seed}, partition ${partition}, ${run.crashes} crashes`)
      const { lastStable, end } = run.cluster.offsets('output', partition)
      assert.equal(lastStable, end, `seed ${seed}: no transaction is left open`)
    }
    run.cluster.close()
  }
})
