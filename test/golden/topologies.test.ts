import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { reportTopology, type TopologyReport } from './report-topology.ts'
import { topologies } from './topologies.ts'

const file = new URL('../oracle/answers/topologies.json', import.meta.url)
const ours = topologies()
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, TopologyReport>>

test('Topology: the recorded answers of Java and our topologies have the same names', () => {
  assert.deepEqual([...ours.keys()], Object.keys(recorded))
})

for (const [name, topology] of ours) {
  test(`Topology: "${name}" is described, and has internal topics, as Java's`, () => {
    const report = reportTopology(topology)
    assert.equal(report.describe, recorded[name]?.describe)
    assert.deepEqual(report, recorded[name])
  })
}
