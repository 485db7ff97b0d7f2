import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterError } from '../../base/errors.ts'
import { batchOf, fetchRequest, Harness, produceRequest } from '../cluster-harness.test.ts'

const batch = (value: string): Buffer => batchOf([['k', value]])

function openHarness(options: ConstructorParameters<typeof Harness>[0] = {}): Harness {
  const harness = new Harness(options)
  harness.cluster.createTopic('t')
  return harness
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'answered',
    (error: unknown) => {
      assert.ok(error instanceof ClusterError)
      return error.code
    },
  )
}

test('EmbeddedConnection answers in the order of the requests, never before send() has returned', async () => {
  const harness = openHarness()
  const connection = await harness.client().connect(0, 'produce')
  const answers: number[] = []
  const sends = [0, 1, 2].map(async (index) => {
    const response = await connection.send('Produce', 12, produceRequest('t', batch(`${index}`)), 1_000)
    answers.push(response.responses[0]!.partitionResponses[0]!.baseOffset)
  })
  await Promise.resolve()
  assert.deepEqual(answers, [])
  await harness.settle(Promise.all(sends))
  assert.deepEqual(answers, [0, 1, 2])
})

test('EmbeddedConnection takes the latency of the cluster each way', async () => {
  const harness = openHarness({ latencyMs: 7 })
  const connection = await harness.client().connect()
  const startMs = harness.world.nowMs
  await harness.settle(connection.send('ApiVersions', 4, { clientSoftwareName: 'x', clientSoftwareVersion: '1' }, 1_000))
  assert.equal(harness.world.nowMs - startMs, 14)
})

test('a cut before the effect leaves none, a cut after it leaves it; the client cannot tell', async () => {
  for (const when of ['before', 'after'] as const) {
    const harness = openHarness()
    const connection = await harness.client().connect(0, 'produce')
    const rule = harness.cluster.faults.add({ api: 'Produce', when })
    const code = await harness.settle(codeOf(connection.send('Produce', 12, produceRequest('t', batch('a')), 1_000)))
    assert.equal(code, 'OUTCOME_UNKNOWN')
    assert.equal(rule.hits, 1)
    assert.ok(connection.isClosed)
    assert.equal(harness.cluster.logEndOffset('t', 0), when === 'after' ? 1 : 0)
    assert.equal(await codeOf(connection.send('Produce', 12, produceRequest('t', batch('a')), 1_000)), 'NOT_SENT')
  }
})

test('a cut ends all requests in flight; those behind it have no effect', async () => {
  const harness = openHarness()
  const connection = await harness.client().connect(0, 'produce')
  harness.cluster.faults.add({ api: 'Produce', when: 'after', skip: 1 })
  const sends = ['a', 'b', 'c'].map((value) => codeOf(connection.send('Produce', 12, produceRequest('t', batch(value)), 1_000)))
  assert.deepEqual(await harness.settle(Promise.all(sends)), ['answered', 'OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN'])
  assert.equal(harness.cluster.logEndOffset('t', 0), 2)
})

test('a stalled connection ends at the time-out of its first request', async () => {
  const harness = openHarness()
  const connection = await harness.client().connect(0, 'produce')
  harness.cluster.faults.add({ api: 'Produce', when: 'after', action: 'stall' })
  const startMs = harness.world.nowMs
  const sends = [1_000, 5_000].map((timeoutMs) => codeOf(connection.send('Produce', 12, produceRequest('t', batch('a')), timeoutMs)))
  assert.deepEqual(await harness.settle(Promise.all(sends)), ['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN'])
  assert.equal(harness.world.nowMs - startMs, 1_000)
  assert.equal(harness.cluster.logEndOffset('t', 0), 1)
})

test('a slow connection keeps the order', async () => {
  const harness = openHarness()
  const connection = await harness.client().connect(0, 'produce')
  harness.cluster.faults.add({ api: 'Produce', when: 'before', action: 'slow', delayMs: 300 })
  const startMs = harness.world.nowMs
  const sends = ['a', 'b'].map((value) => connection.send('Produce', 12, produceRequest('t', batch(value)), 10_000))
  await harness.settle(Promise.all(sends))
  assert.equal(harness.world.nowMs - startMs, 300)
  assert.deepEqual(
    harness.cluster.read('t', 0).map((record) => record.value?.toString()),
    ['a', 'b'],
  )
})

test('EmbeddedConnection.close() rejects what is pending; what was sent still takes effect', async () => {
  const harness = openHarness()
  const connection = await harness.client().connect(0, 'produce')
  const send = codeOf(connection.send('Produce', 12, produceRequest('t', batch('a')), 1_000))
  connection.close()
  assert.equal(await harness.settle(send), 'OUTCOME_UNKNOWN')
  await harness.world.advance(10)
  assert.equal(harness.cluster.logEndOffset('t', 0), 1)
})

test('a client whose lifeline is cut hears nothing more', async () => {
  const harness = openHarness()
  const client = harness.client()
  const connection = await client.connect(0, 'produce')
  let isSettled = false
  const note = (): void => {
    isSettled = true
  }
  connection.send('Produce', 12, produceRequest('t', batch('a')), 1_000).then(note, note)
  client.environment.lifeline.cut()
  await harness.world.advance(60_000)
  assert.equal(isSettled, false)
  assert.ok(connection.isClosed)
  assert.equal(harness.cluster.logEndOffset('t', 0), 1)
})

test('a long poll is given up when its connection ends', async () => {
  const harness = openHarness()
  const client = harness.client()
  const connection = await client.connect(0, 'fetch')
  const send = codeOf(connection.send('Fetch', 12, fetchRequest('t', { maxWaitMs: 50_000 }), 60_000))
  await harness.world.advance(10)
  connection.close()
  assert.equal(await harness.settle(send), 'OUTCOME_UNKNOWN')
  await harness.world.advance(1)
  // Nothing of the fetch is left: not even its timer.
  await assert.rejects(
    harness.world.run(() => false),
    /nothing is left to happen/,
  )
})

test('EmbeddedCluster refuses connections to where no node is, and all once it is closed', async () => {
  const harness = openHarness()
  const client = harness.client()
  const transport = harness.cluster.transport({ clientId: 'c', environment: client.environment })
  assert.equal(await harness.settle(codeOf(transport.connect({ host: 'nowhere', port: 1 }, 'control'))), 'NOT_SENT')
  const connection = await client.connect()
  harness.cluster.close()
  await harness.world.advance(1)
  assert.ok(connection.isClosed)
  assert.equal(await harness.settle(codeOf(transport.connect(harness.cluster.bootstrap[0]!, 'control'))), 'NOT_SENT')
})

test('ClusterFaults.cutConnections() takes those that match', async () => {
  const harness = openHarness()
  const first = await harness.client('one').connect(0, 'produce')
  const second = await harness.client('two').connect(0, 'fetch')
  assert.equal(harness.cluster.faults.cutConnections({ clientId: 'one' }), 1)
  await harness.world.advance(1)
  assert.deepEqual([first.isClosed, second.isClosed], [true, false])
  assert.equal(harness.cluster.faults.cutConnections(), 1)
})

test('records are not copied on their way: the answer is a view of the log', async () => {
  for (const codec of ['encode', 'pass-through'] as const) {
    const harness = openHarness({ codec })
    const client = harness.client()
    await client.produce('t', batch('a'))
    const first = await client.fetch('t')
    const second = await client.fetch('t')
    assert.equal(first.records!.buffer, second.records!.buffer, codec)
  }
})
