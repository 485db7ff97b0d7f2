import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { namedFiles, readJavaTestsPage } from '../oracle/java-tests.ts'
import { readRecorded } from '../oracle/recorded-answers.ts'

const oracle = new URL('../oracle/', import.meta.url)
const page = readJavaTestsPage()

/** The classes of parity.md section 14, by its rows. */
const classesOfParity = [
  'StreamsBuilderTest, TopologyTest, StreamsGraphTest, InternalStreamsBuilderTest, RepartitionTopicNamingTest, RepartitionOptimizingTest',
  'RepartitionWithMergeOptimizingTest, KStreamImplTest, KStreamKStreamJoinTest, KStreamKStreamLeftJoinTest, KStreamKStreamOuterJoinTest',
  'KStreamKStreamSelfJoinTest, KStreamKTableJoinTest, KStreamKTableLeftJoinTest, KTableKTableInnerJoinTest, KTableKTableLeftJoinTest',
  'KTableKTableOuterJoinTest, KTableKTableRightJoinTest, KTableKTableForeignKeyJoinIntegrationTest, KTableKTableForeignKeyJoinScenarioTest',
  'SubscriptionWrapperSerdeTest, SubscriptionResponseWrapperSerdeTest, SubscriptionSendProcessorSupplierTest, KStreamWindowAggregateTest',
  'KStreamSlidingWindowAggregateTest, KStreamSessionWindowAggregateProcessorTest, SuppressScenarioTest, KTableSuppressProcessorTest',
  'TimeOrderedKeyValueBufferTest, InMemoryTimeOrderedKeyValueChangeBufferTest, ChangedSerdeTest, KTableFilterTest, KTableMapValuesTest',
  'KTableTransformValuesTest, KTableAggregateTest, KTableReduceTest, KGroupedTableImplTest, KStreamAggregationIntegrationTest',
  'KStreamAggregationDedupIntegrationTest, CogroupedKStreamImplTest, TimeWindowedCogroupedKStreamImplTest',
  'SlidingWindowedCogroupedKStreamImplTest, SessionWindowedCogroupedKStreamImplTest, PartitionGroupTest, RecordQueueTest, StreamTaskTest',
  'TaskManagerTest, StreamThreadTest, RecordCollectorTest, StreamsPartitionAssignorTest, HighAvailabilityStreamsPartitionAssignorTest',
  'SubscriptionInfoTest, AssignmentInfoTest, HighAvailabilityTaskAssignorTest, TaskAssignorConvergenceTest, RocksDBVersionedStoreTest',
  'RocksDBVersionedStoreSegmentValueFormatterTest, AbstractWindowBytesStoreTest, AbstractSessionBytesStoreTest, AbstractKeyValueStoreTest',
  'WindowKeySchemaTest, SessionKeySchemaTest, EosIntegrationTest, EOSUncleanShutdownIntegrationTest, RestoreIntegrationTest',
  'StandbyTaskEOSIntegrationTest, StreamStreamJoinIntegrationTest, StreamTableJoinIntegrationTest, TableTableJoinIntegrationTest',
  'AbstractJoinIntegrationTest, RelaxedNullKeyRequirementJoinTest, TopologyTestDriverTest, IQv2StoreIntegrationTest',
  'DeadLetterQueueIntegrationTest, ProcessingExceptionHandlerIntegrationTest, MetricsIntegrationTest, HeadersStoreUpgradeIntegrationTest',
  'ResetPartitionTimeIntegrationTest, SmokeTestDriverIntegrationTest, WindowedStreamPartitionerTest, StreamsConfigTest, StateDirectoryTest',
  'ProcessorStateManagerTest, StoreChangelogReaderTest, OffsetCheckpointTest',
].flatMap((names) => names.split(', '))

/** `java-x.json` -> the names of its scenarios. */
const scenarios = new Map<string, readonly string[]>()

function scenariosOf(file: string): readonly string[] {
  const known = scenarios.get(file)
  if (known !== undefined) return known
  const names = readRecorded(file).map(({ name }) => name)
  scenarios.set(file, names)
  return names
}

test("Java's tests: the page has every class of parity.md section 14, once, with methods that are there once", () => {
  const names = page.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  assert.deepEqual(
    classesOfParity.filter((name) => !names.includes(name)),
    [],
  )
  for (const { name, lists } of page) {
    const methods = lists.flatMap((list) => list.methods)
    assert.equal(new Set(methods).size, methods.length, name)
  }
})

test("Java's tests: the files, scenarios and tests that the page names exist", () => {
  const missing: string[] = []
  for (const { name, lists } of page) {
    for (const { judge } of lists) {
      for (const { path, quoted } of namedFiles(judge)) {
        const isScenarioFile = path.endsWith('.json') && !path.includes('/')
        const file = new URL(isScenarioFile ? `scenarios/${path}` : path, oracle)
        if (!existsSync(file)) missing.push(`${name}: ${path}`)
        else if (isScenarioFile)
          missing.push(...quoted.filter((text) => !scenariosOf(path).includes(text)).map((text) => `${path}: ${text}`))
        else missing.push(...quoted.filter((text) => !readFileSync(file, 'utf8').includes(text)).map((text) => `${path}: ${text}`))
      }
    }
  }
  assert.deepEqual(missing, [])
})

test("Java's tests: a method has scenarios of its name where the page says so, and a scenario of a method is on the page", () => {
  const missing: string[] = []
  const onPage = new Set<string>()
  for (const { name, lists } of page) {
    for (const { sameName, methods } of lists) {
      if (sameName === null) continue
      const methodsThere = new Set(scenariosOf(sameName).map(methodOf))
      for (const method of methods) {
        onPage.add(`${sameName}: ${name} ${method}`)
        if (!methodsThere.has(`${name} ${method}`)) missing.push(`${sameName} has no scenario "${name} ${method}"`)
      }
    }
  }
  for (const file of readdirSync(new URL('scenarios/', oracle)).filter((path) => path.startsWith('java-'))) {
    for (const scenario of new Set(scenariosOf(file).map(methodOf))) {
      if (!onPage.has(`${file}: ${scenario}`)) missing.push(`the page does not name "${scenario}" of ${file}`)
    }
  }
  assert.deepEqual(missing, [])
})

test("Java's tests: every method is judged by a file, or by a reason", () => {
  const empty = page.flatMap(({ name, lists }) => lists.filter(({ judge }) => judge.length < 20).map(({ judge }) => `${name}: ${judge}`))
  assert.deepEqual(empty, [])
})

/** `SomeTest someMethod, in memory` -> `SomeTest someMethod`. */
function methodOf(scenario: string): string {
  return scenario.split(',', 1)[0]!
}
