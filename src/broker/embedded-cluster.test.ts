import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, describeRecords, Harness } from './cluster-harness.test.ts'

test('EmbeddedCluster gives back what was produced', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('orders')
  const client = harness.client()
  const produced = await client.produce(
    'orders',
    batchOf([
      ['a', '1'],
      ['b', '2'],
    ]),
  )
  assert.equal(produced.errorCode, 0)
  assert.equal(produced.baseOffset, 0)
  const fetched = await client.fetch('orders')
  assert.deepEqual(describeRecords(fetched.records), ['0:1', '1:2'])
  assert.equal(fetched.highWatermark, 2)
})
