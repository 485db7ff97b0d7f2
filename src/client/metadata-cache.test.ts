import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { ClusterError } from '../base/errors.ts'
import type { MetadataResponse } from '../protocol/messages/metadata.ts'
import { codeOf } from './contract-scene.test.ts'
import { MetadataCache } from './metadata-cache.ts'

const ids = { one: 'AAAAAAAAAAAAAAAAAAAAAQ', two: 'AAAAAAAAAAAAAAAAAAAAAg' }

interface Told {
  readonly topicId?: string
  readonly leaders?: readonly (readonly [leaderId: number, leaderEpoch: number])[]
  readonly errorCode?: number
}

function answer(name: string, told: Told): MetadataResponse {
  const partitions = (told.leaders ?? [[1, 1]]).map(([leaderId, leaderEpoch], partitionIndex) => ({
    errorCode: 0,
    partitionIndex,
    leaderId,
    leaderEpoch,
    replicaNodes: [],
    isrNodes: [],
    offlineReplicas: [],
  }))
  const topic = {
    errorCode: told.errorCode ?? 0,
    name,
    topicId: told.topicId ?? ids.one,
    isInternal: false,
    partitions,
    topicAuthorizedOperations: 0,
  }
  return {
    throttleTimeMs: 0,
    brokers: [{ nodeId: 1, host: 'h', port: 1, rack: null }],
    clusterId: 'cluster',
    controllerId: 1,
    topics: [topic],
    clusterAuthorizedOperations: 0,
    errorCode: 0,
  }
}

/** A cache over a list of answers, the last of which is repeated; an error code stands for a request that failed. */
function open(answers: readonly (Told | 'lost')[]): { world: VirtualWorld; cache: MetadataCache; asked: () => number } {
  const world = new VirtualWorld()
  const environment = world.environment('client')
  let count = 0
  const cache = new MetadataCache(
    {
      clientId: 'c',
      bootstrap: [],
      transport: { connect: () => Promise.reject(new ClusterError('NOT_SENT', 'there is no transport')) },
      environment,
      requestTimeoutMs: 5_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      metadataMaxAgeMs: 60_000,
    },
    () => {
      const told = answers[Math.min(count++, answers.length - 1)]!
      return told === 'lost' ? Promise.reject(new ClusterError('OUTCOME_UNKNOWN', 'lost')) : Promise.resolve(answer('t', told))
    },
  )
  return { world, cache, asked: () => count }
}

async function settle<T>(world: VirtualWorld, work: Promise<T>): Promise<T> {
  let isSettled = false
  const note = (): void => {
    isSettled = true
  }
  work.then(note, note)
  await world.run(() => isSettled)
  return work
}

test('MetadataCache never goes back to an older leader epoch of the same topic', async () => {
  const { world, cache } = open([
    {
      leaders: [
        [1, 5],
        [2, 5],
      ],
    },
    {
      leaders: [
        [3, 4],
        [3, 6],
      ],
    },
    { topicId: ids.two, leaders: [[1, 0]] },
  ])
  const look = async (): Promise<unknown> => {
    await settle(world, cache.fetchTopics(['t']))
    return cache.topic('t')!.partitions.map(({ leaderId, leaderEpoch }) => [leaderId, leaderEpoch])
  }
  assert.deepEqual(await look(), [
    [1, 5],
    [2, 5],
  ])
  assert.deepEqual(await look(), [
    [1, 5],
    [3, 6],
  ])
  // Another topic with the same name begins anew.
  assert.deepEqual(await look(), [[1, 0]])
})

test('MetadataCache.learnLeader() takes what is newer', async () => {
  const { world, cache } = open([{ leaders: [[1, 5]] }])
  await settle(world, cache.fetchTopics(['t']))
  let updates = 0
  cache.onUpdate(() => updates++)
  assert.equal(cache.learnLeader('t', 0, { leaderId: 2, leaderEpoch: 5 }), false)
  assert.equal(cache.learnLeader('t', 0, { leaderId: -1, leaderEpoch: 9 }), false)
  assert.equal(cache.learnLeader('t', 0, { leaderId: 2, leaderEpoch: 6 }), true)
  assert.equal(cache.partition('t', 0)?.leaderId, 2)
  assert.equal(updates, 1)
})

test('MetadataCache refreshes what is watched: at once, until it is complete, when it is wrong, when it is old', async () => {
  const { world, cache, asked } = open(['lost', { errorCode: 3 }, { leaders: [[-1, 1]] }, { leaders: [[1, 2]] }])
  cache.watch('t')
  await world.advance(2_000)
  assert.equal(asked(), 4)
  assert.equal(cache.partition('t', 0)?.leaderId, 1)
  cache.invalidate('t')
  cache.invalidate('t')
  await world.advance(500)
  assert.equal(asked(), 5)
  await world.advance(60_000)
  assert.equal(asked(), 6)
  cache.close()
  await world.advance(600_000)
  assert.equal(asked(), 6)
})

test('MetadataCache does not refresh more often than the back-off', async () => {
  const { world, cache, asked } = open([{}])
  cache.watch('t')
  for (let turn = 0; turn < 100; turn++) {
    cache.invalidate('t')
    await world.advance(10)
  }
  assert.ok(asked() <= 12, `${asked()} requests in a second`)
})

test('MetadataCache.fetchTopics() leaves out what does not exist, retries what passes, gives up what does not', async () => {
  const missing = open([{ errorCode: 3 }])
  assert.equal((await settle(missing.world, missing.cache.fetchTopics(['t']))).size, 0)
  const passing = open(['lost', { errorCode: 5 }, {}])
  assert.equal((await settle(passing.world, passing.cache.fetchTopics(['t']))).size, 1)
  const refused = open([{ errorCode: 29 }])
  assert.equal(await settle(refused.world, codeOf(refused.cache.fetchTopics(['t']))), 'NOT_AUTHORIZED')
  const lost = open(['lost'])
  assert.equal(await settle(lost.world, codeOf(lost.cache.fetchTopics(['t'], { timeoutMs: 3_000 }))), 'OUTCOME_UNKNOWN')
  assert.ok(lost.asked() > 3)
})
