// The Processor API without the DSL: nodes are values, so types flow along the edges.
import assert from 'node:assert/strict'
import { keyValueStore, serdes, topic, Topology, type TopologyNode } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

const lines = topic('lines', { value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const store = keyValueStore('counts', { key: serdes.string, value: serdes.int64, caching: true, logging: { segmentBytes: 1 << 20 } })

const topology = new Topology()
const source = topology.addSource('source', lines)
const ticks: number[] = []
const counter = topology.addProcessor(
  'count',
  ({ stores, forward, schedule }) => {
    schedule('10s', 'stream-time', (timestamp) => void ticks.push(timestamp))
    return (line) => {
      for (const word of line.value.split(' ')) {
        const n = (stores.store.get(word) ?? 0) + 1
        stores.store.put(word, n)
        forward(line.withKey(word).withValue(n), 'sink')
      }
    }
  },
  { parents: [source], stores: { store }, key: serdes.string, value: serdes.int64 },
)
expectType<TopologyNode<string, number>>()(counter)
topology.addSink('sink', counts, { parents: [counter] })

using driver = testDriver(topology)
driver.input(lines).pipeAll([
  [null, 'a b a', 0],
  [null, 'b', 25_000],
])
assert.deepEqual(driver.output(counts).readKeyValues(), [
  ['a', 1],
  ['b', 1],
  ['a', 2],
  ['b', 2],
])
assert.deepEqual(ticks, [0, 25_000])
