// Goal: what the fetcher makes of answers that a healthy cluster does not give. The rest is in contract-fetch.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import { BatchBuilder, type SealOptions } from '../record/batch-builder.ts'
import type { ClientOptions } from './client-options.ts'
import { outgoing, recordsOf } from './contract-scene.test.ts'
import { type FetchProblem, Fetcher } from './fetcher.ts'
import { fetched, nothingFetched, ScriptedCluster, TOPIC_ID } from './scripted-cluster.test.ts'

const at = { topic: 't', partition: 0 }

function batch(baseOffset: number, values: readonly string[], options: SealOptions = {}): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) builder.append(outgoing({ value }))
  return builder.seal({ baseOffset, partitionLeaderEpoch: 1, ...options })
}

interface Opened {
  readonly fetcher: Fetcher
  readonly problems: FetchProblem[]
}

function open(cluster: ScriptedCluster): Opened {
  const problems: FetchProblem[] = []
  const options = {
    purpose: 'fetch',
    isolation: 'read_committed',
    fetchMaxBytes: 1_000_000,
    partitionMaxBytes: 100_000,
    minBytes: 1,
    maxWaitMs: 500,
    bufferBytesMax: 10_000_000,
    checkCrcs: true,
  } as const
  return { fetcher: new Fetcher(cluster.client, options, (problem) => problems.push(problem)), problems }
}

/** Lets a second pass in a cluster that answers Fetch with the given answers, then with nothing, 100 ms late. */
function answering(answers: (() => ReturnType<typeof fetched> | 'cut')[], options: Partial<ClientOptions> = {}): ScriptedCluster {
  return new ScriptedCluster({ Fetch: () => (answers.shift() ?? (() => nothingFetched({ throttleTimeMs: 100 })))() }, options)
}

test('Fetcher waits for the throttle time of an answer', async () => {
  const cluster = answering([() => fetched({}, { throttleTimeMs: 700 })])
  open(cluster).fetcher.add(at, 0)
  await cluster.world.advance(1_000)
  const [first, second] = cluster.requests('Fetch')
  assert.equal(second!.atMs - first!.atMs, 700)
})

test('Fetcher sends a session only what has changed', async () => {
  const cluster = answering([() => fetched({ records: batch(0, ['a', 'b']) })])
  const { fetcher } = open(cluster)
  fetcher.add(at, 0)
  await cluster.world.advance(350)
  fetcher.pause(at)
  await cluster.world.advance(300)
  fetcher.resume(at)
  await cluster.world.advance(300)
  const requests = cluster.requests('Fetch').map(({ request }) => {
    const asked = request.topics.map(({ topicId, partitions }) => `${topicId}@${partitions[0]!.fetchOffset}`)
    return `${request.sessionId}/${request.sessionEpoch} ${asked.join()} -${request.forgottenTopicsData.length}`
  })
  assert.deepEqual(requests.slice(0, 3), [`0/0 ${TOPIC_ID}@0 -0`, `7/1 ${TOPIC_ID}@2 -0`, '7/2  -0'])
  // While it is paused there is nothing to ask for; then the session goes on where it was.
  assert.equal(requests.at(-1)!.endsWith(' -0'), true)
  assert.equal(requests.at(-1)!.startsWith('7/'), true)
})

test('Fetcher begins a session anew when the broker lost it, and closes it when it is out of step', async () => {
  const cluster = answering([
    () => fetched(),
    () => nothingFetched({ errorCode: kafka.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0 }),
    () => fetched(),
    () => nothingFetched({ errorCode: kafka.INVALID_FETCH_SESSION_EPOCH, sessionId: 0 }),
    () => fetched(),
    // Names a partition that was not asked for.
    () => fetched({ partitionIndex: 9 }),
    () => fetched(),
  ])
  open(cluster).fetcher.add(at, 0)
  await cluster.world.advance(1_000)
  const sessions = cluster.requests('Fetch').map(({ request }) => `${request.sessionId}/${request.sessionEpoch}`)
  assert.deepEqual(sessions.slice(0, 8), ['0/0', '7/1', '0/0', '7/1', '7/0', '7/1', '7/0', '7/1'])
})

test('Fetcher follows the leader that an answer names, without asking for metadata', async () => {
  const cluster = answering([
    () => fetched({ errorCode: kafka.NOT_LEADER_OR_FOLLOWER, currentLeader: { leaderId: 2, leaderEpoch: 5 } }),
    () => fetched({ records: batch(0, ['a']) }),
  ])
  const { fetcher, problems } = open(cluster)
  fetcher.add(at, 0)
  await cluster.settle(fetcher.whenReady())
  assert.deepEqual(
    cluster.requests('Fetch').map(({ node }) => node),
    [1, 2],
  )
  assert.deepEqual(fetcher.poll().flatMap(recordsOf).length, 1)
  assert.deepEqual(problems, [])
})

// KIP-392: the leader names a follower of our rack.
const preferred = (): ReturnType<typeof fetched> => fetched({ preferredReadReplica: 2 })

function nodes(cluster: ScriptedCluster): readonly number[] {
  return cluster.requests('Fetch').map(({ node }) => node)
}

test('Fetcher says its rack, reads from the follower that the leader names, and after a time asks the leader again', async () => {
  const cluster = answering([preferred, () => fetched({ records: batch(0, ['a']) })], { rackId: 'here', metadataMaxAgeMs: 5_000 })
  const { fetcher, problems } = open(cluster)
  fetcher.add(at, 0)
  await cluster.settle(fetcher.whenReady())
  assert.deepEqual(fetcher.poll().flatMap(recordsOf).length, 1)
  await cluster.world.advance(6_000)
  const asked = nodes(cluster)
  assert.deepEqual(asked.slice(0, 3), [1, 2, 2])
  const back = asked.indexOf(1, 1)
  assert.ok(back > 10, `${back} requests before the leader was asked again`)
  const backAtMs = cluster.requests('Fetch')[back]!.atMs
  assert.ok(backAtMs >= 5_000 && backAtMs < 5_200, `after ${backAtMs} ms`)
  assert.deepEqual(new Set(cluster.requests('Fetch').map(({ request }) => request.rackId)), new Set(['here']))
  assert.deepEqual(problems, [])
})

test('Fetcher without a rack says none', async () => {
  const cluster = answering([])
  open(cluster).fetcher.add(at, 0)
  await cluster.world.advance(200)
  assert.deepEqual(new Set(cluster.requests('Fetch').map(({ request }) => request.rackId)), new Set(['']))
})

for (const [what, answer] of [
  ['does not have the position', () => fetched({ errorCode: kafka.OFFSET_OUT_OF_RANGE })],
  ['is no replica any more', () => fetched({ errorCode: kafka.NOT_LEADER_OR_FOLLOWER })],
  ['cannot be reached', (): 'cut' => 'cut'],
] as const) {
  test(`Fetcher goes back to the leader when its follower ${what}`, async () => {
    const cluster = answering([preferred, answer, () => fetched({ records: batch(0, ['a']) })], { rackId: 'here' })
    const { fetcher, problems } = open(cluster)
    fetcher.add(at, 0)
    await cluster.settle(fetcher.whenReady())
    assert.deepEqual(nodes(cluster).slice(0, 3), [1, 2, 1])
    assert.deepEqual(problems, [])
  })
}

test('Fetcher reports a position that the leader does not have either', async () => {
  const missing = (): ReturnType<typeof fetched> => fetched({ errorCode: kafka.OFFSET_OUT_OF_RANGE })
  const cluster = answering([preferred, missing, missing], { rackId: 'here' })
  const { fetcher, problems } = open(cluster)
  fetcher.add(at, 0)
  await cluster.world.advance(1_000)
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['out-of-range'],
  )
})

test('Fetcher gives out what precedes a corrupt batch, then reports it', async () => {
  const bad = batch(2, ['c'])
  bad[bad.length - 1]! ^= 1
  const cluster = answering([() => fetched({ records: Buffer.concat([batch(0, ['a', 'b']), bad]) }), () => fetched({ records: bad })])
  const { fetcher, problems } = open(cluster)
  fetcher.add(at, 0)
  await cluster.settle(fetcher.whenReady())
  const values = fetcher
    .poll()
    .flatMap(recordsOf)
    .map(({ value }) => value)
  assert.deepEqual(values, ['a', 'b'])
  await cluster.world.advance(300)
  assert.deepEqual(
    problems.map(({ kind, offset, error }) => [kind, offset, error.code]),
    [['corrupt', 2, 'CORRUPT_BATCH']],
  )
})

for (const [endOffset, kind] of [
  [2, null],
  [1, 'truncated'],
] as const) {
  test(`Fetcher asks a new leader whether its log has what was read: it ends at ${endOffset} of 2`, async () => {
    const cluster = answering([
      () => fetched({ records: batch(0, ['a', 'b']) }),
      () => fetched({ errorCode: kafka.FENCED_LEADER_EPOCH, currentLeader: { leaderId: 2, leaderEpoch: 3 } }),
      () => fetched({ records: batch(2, ['c'], { partitionLeaderEpoch: 3 }) }),
    ])
    cluster.script.OffsetForLeaderEpoch = () => ({
      throttleTimeMs: 0,
      topics: [{ topic: 't', partitions: [{ errorCode: 0, partition: 0, leaderEpoch: 1, endOffset }] }],
    })
    const { fetcher, problems } = open(cluster)
    fetcher.add(at, 0)
    await cluster.world.advance(1_000)
    const [check] = cluster.requests('OffsetForLeaderEpoch')
    assert.equal(check!.node, 2)
    assert.deepEqual(check!.request.topics[0]!.partitions[0], { partition: 0, currentLeaderEpoch: 3, leaderEpoch: 1 })
    const values = fetcher
      .poll()
      .flatMap(recordsOf)
      .map(({ value }) => value)
    assert.deepEqual(values, kind === null ? ['a', 'b', 'c'] : ['a', 'b'])
    assert.deepEqual(
      problems.map((problem) => [problem.kind, problem.endOffset, problem.error.code]),
      kind === null ? [] : [['truncated', 1, 'LOG_TRUNCATED']],
    )
  })
}

test('Fetcher reports a diverging epoch as truncation', async () => {
  const cluster = answering([() => fetched({ divergingEpoch: { epoch: 1, endOffset: 4 } })])
  const { fetcher, problems } = open(cluster)
  fetcher.add(at, 9)
  await cluster.world.advance(300)
  assert.deepEqual(
    problems.map(({ kind, offset, endOffset }) => [kind, offset, endOffset]),
    [['truncated', 9, 4]],
  )
  fetcher.seek(at, 4)
  await cluster.world.advance(300)
  assert.equal(problems.length, 1)
})

test('Fetcher tells of a lack of authorization and keeps other errors to itself', async () => {
  const passing = [kafka.UNKNOWN_LEADER_EPOCH, kafka.OFFSET_NOT_AVAILABLE, kafka.LEADER_NOT_AVAILABLE, kafka.UNKNOWN_TOPIC_ID]
  const cluster = answering([...passing, kafka.TOPIC_AUTHORIZATION_FAILED].map((errorCode) => () => fetched({ errorCode })))
  const { fetcher, problems } = open(cluster)
  fetcher.add(at, 0)
  await cluster.world.advance(5_000)
  assert.deepEqual(
    problems.map(({ kind, error }) => [kind, error.code, error.kafkaCode]),
    [['unauthorized', 'NOT_AUTHORIZED', 29]],
  )
})
