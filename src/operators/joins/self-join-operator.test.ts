import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { joinWindows } from '../../model/join-windows.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { testDriver } from '../../testing/test-driver.ts'
import type { TopologyTestDriver } from '../../testing/topology-test-driver.ts'

const events = topic('events', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) })
const pairs = topic('pairs', { key: serdes.nullable(serdes.string), value: serdes.string })

interface Event {
  readonly key: string
  readonly timestamp: number
}

function open(windows: Parameters<typeof joinWindows>[0], isOptimized: boolean, method: 'join' | 'leftJoin' = 'join'): TopologyTestDriver {
  const builder = new StreamsBuilder({ topologyOptimization: isOptimized ? ['single.store.self.join'] : 'none' })
  const stream = builder.stream(events)
  const joiner = (left: string, right: string | null): string => `${left}+${right ?? '-'}`
  const [within, options] = [joinWindows(windows), { supplier: 'in-memory' } as const]
  const joined = method === 'join' ? stream.join(stream, joiner, within, options) : stream.leftJoin(stream, joiner, within, options)
  joined.to(pairs)
  return testDriver(builder.build())
}

function run(driver: TopologyTestDriver, given: readonly Event[]): string[] {
  const input = driver.input(events)
  given.forEach(({ key, timestamp }, index) => input.pipe(key, String(index), { timestamp }))
  return Array.from(driver.output(pairs), ({ key, value, timestamp }) => `${key ?? '-'}: ${value} @${timestamp}`)
}

describe('selfJoinOperator', () => {
  test('joins each record with itself and with the others of its key, both ways round, from one store', () => {
    using driver = open({ timeDifference: 10, grace: 0 }, true)
    const results = run(driver, [
      { key: 'k', timestamp: 10 },
      { key: 'k', timestamp: 20 },
    ])
    assert.deepEqual(results, ['k: 0+0 @10', 'k: 1+0 @20', 'k: 0+1 @20', 'k: 1+1 @20'])
    assert.deepEqual(driver.producedTopicNames().toSorted(), ['pairs', 'test-driver-KSTREAM-JOINTHIS-0000000003-store-changelog'])
  })

  test('drops records without a key or value', () => {
    using driver = open({ timeDifference: 10, grace: 0 }, true, 'leftJoin')
    driver.input(events).pipe(null, 'a', { timestamp: 1 })
    driver.input(events).pipe('k', null, { timestamp: 1 })
    assert.equal(driver.metrics().find(({ name }) => name === 'dropped-records-total')?.value, 2)
    assert.deepEqual(driver.output(pairs).readValues(), [])
  })

  test('a record that is too old to be kept is not joined with itself', () => {
    using driver = open({ timeDifference: 10, grace: 0 }, true)
    const results = run(driver, [
      { key: 'k', timestamp: 100 },
      { key: 'k', timestamp: 81 },
    ])
    assert.deepEqual(results, ['k: 0+0 @100'])
  })

  test('gives the pairs of an inner join with two stores', () => {
    const someEvent = fc.record({ key: fc.constantFrom('a', 'b'), timestamp: fc.integer({ min: 100, max: 130 }) })
    const someWindows = fc.record({
      before: fc.integer({ min: 0, max: 10 }),
      after: fc.integer({ min: 0, max: 10 }),
      grace: fc.constant(100),
    })
    fc.assert(
      fc.property(fc.array(someEvent, { maxLength: 12 }), someWindows, (given, windows) => {
        using one = open(windows, true)
        using two = open(windows, false)
        assert.deepEqual(run(one, given).toSorted(), run(two, given).toSorted())
      }),
      { numRuns: 60 },
    )
  })
})
