import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { type Plan, readInputs, type RunInput, runs } from './runs.ts'

type Output = Readonly<Record<string, readonly string[]>>

const answers = new URL('../oracle/answers/', import.meta.url)
const recorded = JSON.parse(readFileSync(new URL('runs.json', answers), 'utf8')) as Readonly<Record<string, Output>>
const inputs = readInputs(readFileSync(new URL('run-inputs.tsv', answers), 'utf8'))
const optionalText = { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }
const optionalBytes = { key: serdes.nullable(serdes.bytes), value: serdes.nullable(serdes.bytes) }

/** Every record that the topology wrote, by topic: key and value in hex, and the timestamp. */
function run(plan: Plan, records: readonly RunInput[]): Output {
  const builder = new StreamsBuilder()
  plan(builder)
  const { subtopologies } = builder.build().physical()
  const read = new Set(subtopologies.flatMap(({ sources }) => sources.flatMap(({ topics }) => topics.map(({ name }) => name))))
  using driver = testDriver(builder, { applicationId: 'app' })
  for (const { topic: name, key, value, timestamp } of records) {
    if (read.has(name)) driver.input(topic(name, optionalText)).pipe(key, value, timestamp)
  }
  const output: Record<string, string[]> = {}
  for (const name of driver.producedTopicNames().toSorted()) {
    output[name] = driver
      .output(topic(name, optionalBytes))
      .readRecords()
      .map(({ key, value, timestamp }) => `${hex(key)} ${hex(value)} ${timestamp}`)
  }
  return output
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString('hex')
}

test('StreamsBuilder: the recorded runs of Java and ours have the same names', () => {
  assert.deepEqual([...runs.keys()], Object.keys(recorded))
})

for (const [name, plan] of runs) {
  test(`StreamsBuilder: "${name}" writes what Java writes, changelogs included`, () => {
    const expected = recorded[name] ?? {}
    const output = run(plan, inputs)
    assert.deepEqual(Object.keys(output), Object.keys(expected))
    for (const [topicName, records] of Object.entries(expected)) assert.deepEqual(output[topicName], records, topicName)
  })
}
