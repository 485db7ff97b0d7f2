import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { unionByEndpoint } from './endpoint-partitions.ts'
import { reactionTo } from './heartbeat-error.ts'
import { statusCodes } from '../../protocol/streams-status-codes.ts'
import { StatusWatch } from './status-watch.ts'

function watch() {
  const world = new VirtualWorld()
  const environment = world.environment('a')
  const heard: string[] = []
  const statuses = new StatusWatch(environment, 'app', {
    onShutdown: () => heard.push('shutdown'),
    onTopologyError: (error) => heard.push(error.code),
  })
  const update = (...codes: number[]): boolean =>
    statuses.update(
      codes.map((statusCode) => ({ statusCode, statusDetail: `detail ${statusCode}` })),
      1_000,
    )
  return { world, environment, heard, statuses, update }
}

test('StatusWatch.update() says whether tasks may be processed', () => {
  const { update } = watch()
  const ready = [0, 1, 2, 3, 4, 5, 6, 99].filter((code) => update(code))
  assert.deepEqual(ready, [statusCodes.STALE_TOPOLOGY, statusCodes.SHUTDOWN_APPLICATION, statusCodes.MISSING_CLIENT_TAGS, 99])
  assert.equal(update(), true)
})

test('StatusWatch fails a thread whose source topics stay away for two heartbeats', async () => {
  const { world, heard, update } = watch()
  update(statusCodes.MISSING_SOURCE_TOPICS)
  await world.advance(1_999)
  update()
  await world.advance(10_000)
  assert.deepEqual(heard, [], 'they came in time')
  update(statusCodes.MISSING_SOURCE_TOPICS)
  await world.advance(1_000)
  update(statusCodes.MISSING_SOURCE_TOPICS)
  await world.advance(1_000)
  assert.deepEqual(heard, ['SOURCE_TOPICS_MISSING'])
})

test('StatusWatch forgets missing topics when it is closed', async () => {
  const { world, heard, statuses, update } = watch()
  update(statusCodes.MISSING_SOURCE_TOPICS)
  statuses.close()
  await world.advance(10_000)
  assert.deepEqual(heard, [])
})

test('StatusWatch passes on wrong partition counts at once and a shutdown once, and logs what it does not know', () => {
  const { heard, environment, update } = watch()
  update(statusCodes.SHUTDOWN_APPLICATION, statusCodes.INCORRECTLY_PARTITIONED_TOPICS)
  update(statusCodes.SHUTDOWN_APPLICATION)
  assert.deepEqual(heard, ['shutdown', 'TOPIC_PARTITIONS'])
  update(99)
  update(99)
  assert.equal(environment.logEntries.filter(({ level }) => level === 'warn').length, 1)
})

test('unionByEndpoint() puts the threads of an instance together', () => {
  const entry = (host: string, active: number[], standby: number[]) => ({
    userEndpoint: { host, port: 80 },
    activePartitions: [{ topic: 't', partitions: active }],
    standbyPartitions: [{ topic: 't', partitions: standby }],
  })
  const union = unionByEndpoint([entry('a', [2], []), entry('b', [1], [0]), entry('a', [0], [1])])
  assert.deepEqual(
    union.map(({ endpoint, active, standby }) => [endpoint.host, active.get('t'), standby.get('t')]),
    [
      ['a', [0, 2], [1]],
      ['b', [1], [0]],
    ],
  )
})

test('reactionTo() gives each error code of a heartbeat its reaction (N§1.4)', () => {
  const expected: [number, string][] = [
    [16, 'rediscover'],
    [15, 'rediscover'],
    [14, 'wait'],
    [25, 'fenced'],
    [110, 'fenced'],
    [-1, 'tolerate'],
    [29, 'report'],
    ...[30, 42, 81, 130, 131, 132, 111, 82, 35, 69, 999].map((code): [number, string] => [code, 'fail']),
  ]
  for (const [code, reaction] of expected) assert.equal(reactionTo(code), reaction, String(code))
})
