import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Entries, serdes, StreamsBuilder, topic, type Windowed, type WindowStore } from 'millrace'
import { testDriver, type TopologyTestDriver } from 'millrace/testing'
import { internalTopicConfigs } from '../../src/topology/internal-topics.ts'
import { fullTopicName } from '../../src/topology/physical-topology.ts'
import { type NamedStores, type WindowPlan, windowPlans } from './windows.ts'

interface Run {
  readonly describe: string
  readonly changelogs: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly topics: Readonly<Record<string, readonly string[]>>
  readonly stores: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly dropped: number
}

const answers = new URL('../oracle/answers/', import.meta.url)
const recorded = JSON.parse(readFileSync(new URL('windows.json', answers), 'utf8')) as Readonly<Record<string, Run>>
const inputs = readFileSync(new URL('window-inputs.tsv', answers), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t').map((field) => (field === '~' ? null : field)))

const optionalText = { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }
const optionalBytes = { key: serdes.nullable(serdes.bytes), value: serdes.nullable(serdes.bytes) }

function run(name: string, plan: WindowPlan): Run {
  // The Java program has serdes of text as defaults, too.
  const builder = new StreamsBuilder({ defaultKeySerde: serdes.string, defaultValueSerde: serdes.string })
  const stores = plan(builder)
  const topology = builder.build()
  const changelogs = topology.physical().subtopologies.flatMap((subtopology) => subtopology.changelogs)
  const cache = name.includes('small cache') ? { statestoreCacheMaxBytes: 700 } : {}
  using driver = testDriver(topology, { applicationId: 'app', ...cache })
  for (const [key = null, value = null, timestamp] of inputs) driver.input(topic('in', optionalText)).pipe(key, value, Number(timestamp))
  return {
    describe: String(topology.describe()),
    changelogs: Object.fromEntries(
      changelogs
        .map((changelog) => [fullTopicName(changelog.topic, 'app'), internalTopicConfigs(changelog, {})] as const)
        .toSorted(([left], [right]) => (left < right ? -1 : 1)),
    ),
    topics: Object.fromEntries(
      driver
        .producedTopicNames()
        .toSorted()
        .map((produced) => [produced, recordsOf(driver, produced)]),
    ),
    stores: readStores(driver, stores, name.includes('uncached') || name.startsWith('a processor with a store')),
    dropped:
      driver.metrics().find((metric) => metric.name.includes('dropped_records') || metric.name.includes('dropped-records'))?.value ?? -1,
  }
}

function recordsOf(driver: TopologyTestDriver, name: string): string[] {
  const records = driver.output(topic(name, optionalBytes)).readRecords()
  return records.map(({ key, value, timestamp }) => `${hex(key)} ${hex(value)} ${timestamp}`)
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString('hex')
}

function readStores(driver: TopologyTestDriver, stores: NamedStores, isUncached: boolean): Run['stores'] {
  return Object.fromEntries(
    Object.entries(stores)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, handle]) => [name, readStore(driver.store(handle), isUncached)]),
  )
}

/** Over a cache, Java gives rows twice for a range of keys with an open end: it is read only where there is no cache. */
function readStore(store: WindowStore<string, unknown>, isUncached: boolean): Record<string, string> {
  const ofA = [...store.fetch('a', 0, Infinity), ...store.fetch('a', 120_000, 180_000, { reverse: true })]
  return {
    all: rows(store.fetchAll(0, Infinity)),
    backward: rows(store.fetchAll(0, Infinity, { reverse: true })),
    times: rows(store.fetchAll(100_000, 170_000)),
    keys: rows(store.fetchRange('a', 'b', 0, 300_000)),
    from: rows(store.fetchRange('aa', isUncached ? null : 'zz', 0, 300_000)),
    a: ofA.map(([start, value]) => `${start}=${String(value)}`).join(' '),
  }
}

function rows(entries: Entries<Windowed<string>, unknown>): string {
  const end = (given: number): string => (given === Infinity ? '9223372036854775807' : String(given))
  return Array.from(entries, ([{ key, window }, value]) => `${key}@${window.start}/${end(window.end)}=${String(value)}`).join(' ')
}

test('windows: the recorded answers of Java and our topologies have the same names', () => {
  assert.deepEqual([...windowPlans.keys()], Object.keys(recorded))
})

for (const [name, plan] of windowPlans) {
  test(`windows: "${name}" is described, and writes, keeps and drops, as in Java`, () => {
    const expected = recorded[name]!
    const ours = run(name, plan)
    assert.equal(ours.describe, expected.describe)
    assert.deepEqual(ours.changelogs, expected.changelogs)
    for (const topicName of Object.keys(expected.topics)) assert.deepEqual(ours.topics[topicName], expected.topics[topicName], topicName)
    assert.deepEqual(ours, expected)
  })
}
