import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Isolation, Position, type StoreHandle } from 'millrace'
import { TestCluster } from 'millrace/testing'
import { boundOf, inputs, queriedApplication, queryOf, rates, shownResult, words } from './queries.ts'

interface Answer {
  readonly store: string
  readonly query: string
  readonly result?: string | null
  readonly reason?: string
  readonly position: string
}

const recorded = JSON.parse(readFileSync(new URL('../oracle/answers/queries.json', import.meta.url), 'utf8')) as readonly Answer[]

for (const engine of ['memory', 'lsm'] as const) {
  for (const isolationLevel of ['read_uncommitted', 'read_committed'] satisfies Isolation[]) {
    test(`KafkaStreams.query(): all kinds of queries answer as Java's stores do, ${engine}, ${isolationLevel}`, async () => {
      await using cluster = new TestCluster({ seed: 2, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
      cluster.createTopics({ words: 1, rates: 1 })
      const { builder, handles } = queriedApplication()
      const config = { applicationId: 'queries', statestoreCacheMaxBytes: 0, commitIntervalMs: 100 }
      const instance = cluster.start('a', builder, engine === 'lsm' ? { ...config, stateDir: '/state' } : config)
      for (const [key, value, timestamp] of inputs.words) cluster.produce(words, [{ key, value, timestamp }])
      for (const [key, value, timestamp] of inputs.rates) cluster.produce(rates, [{ key, value, timestamp }])
      const position = (handle: StoreHandle<unknown>, query: string) =>
        String(instance.queries.query(handle, queryOf(query) as never, { isolationLevel: 'read_committed' }).position)
      const isDone = (): boolean =>
        instance.state === 'RUNNING' &&
        position(handles.latest, 'key a') === '{words-0: 5}' &&
        position(handles.history, 'eur') === '{rates-0: 3}'
      await cluster.run(isDone, { maxTimeMs: 60_000 })
      for (const { store, query, result, reason, position } of recorded) {
        const handle = handles[store as keyof typeof handles]
        const bound = boundOf(query)
        const positionBound = bound === null ? Position.empty : Position.of([bound])
        const answer = instance.queries.query(handle, queryOf(query) as never, { isolationLevel, positionBound }).partitionResults.get(0)!
        const said = answer.isSuccess ? { result: shownResult(answer.result) } : { reason: answer.reason }
        // Java does not look at the position where it does not know the question.
        const reached = position === '{}' ? position : String(answer.position)
        assert.deepEqual(
          { store, query, ...said, position: reached },
          { store, query, ...(reason === undefined ? { result } : { reason }), position },
        )
      }
      assert.equal(recorded.length, 115)
    })
  }
}
