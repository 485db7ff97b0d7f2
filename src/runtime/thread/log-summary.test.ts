import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { TestCluster } from '../../testing/test-cluster.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })

/** The records of the summaries that a thread wrote in ten seconds, in which three records came. */
async function summariesOf(logSummaryIntervalMs: number | undefined): Promise<readonly unknown[]> {
  await using on = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0 })
  on.createTopics({ words: 1 })
  const builder = new StreamsBuilder()
  builder.stream(words).foreach(() => undefined)
  const instance = on.start('a', builder, { applicationId: 'app', logSummaryIntervalMs })
  on.produce(
    words,
    ['a', 'b', 'c'].map((value) => ({ key: 'k', value })),
  )
  await on.advance(10_000)
  const entries = instance.environment.logEntries.filter(({ message }) => message.includes('since the last summary'))
  return entries.map(({ fields }) => ('processedRecords' in fields ? fields.processedRecords : null))
}

test('LogSummary says what was done since it did so last', async () => {
  assert.deepEqual(await summariesOf(4_000), [3, 0])
})

test('LogSummary says nothing before its interval is over, and nothing at all when that is negative', async () => {
  assert.deepEqual(await summariesOf(undefined), [])
  assert.deepEqual(await summariesOf(-1), [])
})
