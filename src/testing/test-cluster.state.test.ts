import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import type { StateEngine } from '../state/engines/state-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const visits = topic('visits', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const PARTITIONS = 4
const limits = { maxTimeMs: 120_000 }

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(visits).groupByKey().count({ store: 'visits-per-page' }).toStream().to(counts)
  return builder
}

/** An engine that keeps state by directory as long as the test lasts. */
function keptEngine(kind = 'kept'): { readonly engine: StateEngine; readonly directories: Map<string, EngineFactory> } {
  const directories = new Map<string, EngineFactory>()
  const create: StateEngine['create'] = ({ directory }) => {
    const factory = directories.get(directory) ?? survivingMemoryEngines()
    directories.set(directory, factory)
    return factory
  }
  return { engine: { kind, isPersistent: true, create }, directories }
}

function configOf(engine: StateEngine, stateDir: string, more: Partial<TestConfig> = {}): TestConfig {
  return {
    applicationId: 'app',
    processingGuarantee: 'exactly_once_v2',
    statestoreCacheMaxBytes: 0,
    groupProtocol: 'classic',
    consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
    stateEngine: engine,
    stateDir,
    ...more,
  }
}

function newCluster(seed: number): TestCluster {
  const cluster = new TestCluster({ seed, initialRebalanceDelayMs: 500, sessionTimeoutMinMs: 1, latencyMs: 1 })
  cluster.createTopics({ visits: PARTITIONS, counts: PARTITIONS })
  return cluster
}

function visit(cluster: TestCluster, times: number): void {
  const records = Array.from({ length: times * PARTITIONS }, (_, index) => ({
    key: `page-${index % PARTITIONS}`,
    value: 'v',
    partition: index % PARTITIONS,
  }))
  cluster.produce(visits, records)
}

function haveCounted(cluster: TestCluster, times: number): () => boolean {
  return () => {
    const last = [...new Map(cluster.read(counts).map(({ key, value }) => [key, value])).values()]
    return last.length === PARTITIONS && last.every((count) => count === times)
  }
}

/** What was restored, record by record, since the call: by partition. */
function watchRestores(instance: TestInstance): Map<number, number> {
  const seen = new Map<number, number>()
  instance.on('restoreEnd', ({ partition, restored }) => seen.set(partition, (seen.get(partition) ?? 0) + restored))
  return seen
}

function tasksOf({ environment }: TestInstance): readonly string[] {
  const last = environment.logEntries.findLast(({ message }) => message === 'took an assignment')
  return (last?.fields as { active?: string[] } | undefined)?.active ?? []
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}

describe('TestCluster with a state directory', () => {
  test('an instance that is killed replays only what came after its last commit, under the same process id', async () => {
    await using cluster = newCluster(31)
    const { engine } = keptEngine()
    const config = configOf(engine, '/data')
    const first = cluster.start('first', counting(), config)
    visit(cluster, 50)
    await cluster.run(haveCounted(cluster, 50), limits)
    await cluster.advance(1_000)
    first.kill()
    visit(cluster, 5)
    const second = cluster.start('second', counting(), config)
    const restored = watchRestores(second)
    await cluster.run(haveCounted(cluster, 55), limits)
    const replayed = [...restored.values()].reduce((sum, count) => sum + count, 0)
    assert.equal(replayed, 0, 'all that was in the changelogs was committed')
    assert.equal(second.clientId, first.clientId, 'the process id is kept')
    assert.equal(cluster.read(counts).length, 55 * PARTITIONS, 'each count was written once')
    assert.equal(cluster.world.disk.read('/data/app/kafka-streams-process-metadata')?.toString().includes(second.clientId.slice(4)), true)
  })

  test('one instance at a time has a directory; a lock goes with its process', async () => {
    await using cluster = newCluster(32)
    const { engine } = keptEngine()
    const config = configOf(engine, '/data')
    const first = cluster.start('first', counting(), config)
    await cluster.run(() => first.state === 'RUNNING', limits)
    const second = cluster.start('second', counting(), config)
    await cluster.run(() => second.failure !== null, limits)
    assert.ok(hasCode('STATE_DIRECTORY_LOCKED')(second.failure))
    assert.equal(second.state, 'ERROR')
    const apart = cluster.start('apart', counting(), configOf(engine, '/elsewhere'))
    await cluster.run(() => apart.state === 'RUNNING', limits)
    first.kill()
    const third = cluster.start('third', counting(), config)
    await cluster.run(() => third.state === 'RUNNING', limits)
  })

  test('tasks go back to the instances that have their state, after all were closed', async () => {
    await using cluster = newCluster(33)
    const { engine } = keptEngine()
    const start = (name: string): TestInstance =>
      cluster.start(name, counting(), configOf(engine, `/data-${name}`, { acceptableRecoveryLag: 0, taskAssignorClass: 'sticky' }))
    const before = [start('a'), start('b')]
    visit(cluster, 20)
    await cluster.run(() => before.every((instance) => instance.state === 'RUNNING' && tasksOf(instance).length === 2), limits)
    await cluster.run(haveCounted(cluster, 20), limits)
    const had = before.map(tasksOf)
    for (const instance of before) void instance.close({ leaveGroup: true })
    await cluster.run(() => before.every(({ state }) => state === 'NOT_RUNNING'), limits)
    // In the other order, so that chance would give them otherwise.
    const [b, a] = [start('b'), start('a')]
    const restores = [watchRestores(a), watchRestores(b)]
    await cluster.run(() => [a, b].every((instance) => instance.state === 'RUNNING' && tasksOf(instance).length === 2), limits)
    assert.deepEqual([tasksOf(a), tasksOf(b)], had)
    assert.deepEqual(
      restores.flatMap((seen) => [...seen.values()]).filter((count) => count > 0),
      [],
    )
  })

  test('what is kept of a task that runs elsewhere is removed after a while', async () => {
    await using cluster = newCluster(34)
    const { engine, directories } = keptEngine()
    const more = { stateCleanupDelayMs: 60_000, acceptableRecoveryLag: 1_000_000 }
    const a = cluster.start('a', counting(), configOf(engine, '/data-a', more))
    visit(cluster, 20)
    await cluster.run(haveCounted(cluster, 20), limits)
    const b = cluster.start('b', counting(), configOf(engine, '/data-b', more))
    await cluster.run(() => tasksOf(a).length === 2 && tasksOf(b).length === 2 && b.state === 'RUNNING', limits)
    const kept = (): readonly string[] => [...directories.get('/data-a/app/kept')!.taskIds()].sort()
    assert.equal(kept().length, PARTITIONS)
    await cluster.advance(150_000)
    assert.deepEqual(kept(), [...tasksOf(a)].sort())
  })

  test('cleanUp() removes what is kept, of an instance that does not run', async () => {
    await using cluster = newCluster(35)
    const { engine, directories } = keptEngine()
    const config = configOf(engine, '/data')
    const first = cluster.start('first', counting(), config)
    visit(cluster, 20)
    await cluster.run(haveCounted(cluster, 20), limits)
    await assert.rejects(first.cleanUp(), hasCode('STILL_RUNNING'))
    void first.close()
    await cluster.run(() => first.state === 'NOT_RUNNING', limits)
    cluster.world.disk.write('/data/app/kept/0_0/rows', Buffer.from('x'))
    let isClean = false
    void first.cleanUp().then(() => (isClean = true))
    await cluster.run(() => isClean, limits)
    assert.deepEqual(
      cluster.world.disk.paths().filter((path) => path.startsWith('/data/app/kept')),
      [],
    )
    assert.notEqual(cluster.world.disk.read('/data/app/kafka-streams-process-metadata'), null)
    assert.equal(directories.size, 1)
  })

  test('state that was not committed for too long is removed at the start', async () => {
    await using cluster = newCluster(36)
    const { engine, directories } = keptEngine()
    const first = cluster.start('first', counting(), configOf(engine, '/data'))
    visit(cluster, 20)
    await cluster.run(haveCounted(cluster, 20), limits)
    void first.close()
    await cluster.run(() => first.state === 'NOT_RUNNING', limits)
    assert.equal(directories.get('/data/app/kept')!.taskIds().length, PARTITIONS)
    await cluster.advance(3_600_000)
    const second = cluster.start('second', counting(), configOf(engine, '/data', { stateCleanupDirMaxAgeMs: 1_800_000 }))
    const restored = watchRestores(second)
    await cluster.run(() => second.state === 'RUNNING', limits)
    assert.equal([...restored.values()].length, PARTITIONS)
    assert.match(
      second.environment.logEntries.map(({ message }) => message).join('\n'),
      /state of task 0_0 is removed: it was last committed/,
    )
  })

  test('a directory for temporary files is warned of, another is not', async () => {
    await using cluster = newCluster(37)
    const warned = async (stateDir: string | undefined): Promise<boolean> => {
      const { engine } = keptEngine()
      const { stateDir: _none, ...config } = configOf(engine, '')
      const instance = cluster.start(`at ${stateDir}`, counting(), stateDir === undefined ? config : { ...config, stateDir })
      await cluster.run(() => instance.state === 'RUNNING', limits)
      instance.kill()
      return instance.environment.logEntries.some(({ message }) => message.includes('directory for temporary files'))
    }
    assert.equal(await warned(undefined), true)
    assert.equal(await warned('/var/lib/app'), false)
  })

  test('by default each instance on a machine has a directory of its own, and an id of its own', async () => {
    await using cluster = newCluster(39)
    const { engine, directories } = keptEngine()
    const { stateDir: _none, ...config } = configOf(engine, '')
    const first = cluster.start('first', counting(), config)
    await cluster.run(() => first.state === 'RUNNING', limits)
    const second = cluster.start('second', counting(), config)
    await cluster.run(() => second.state === 'RUNNING' && tasksOf(first).length === 2 && tasksOf(second).length === 2, limits)
    assert.deepEqual([...directories.keys()], ['/tmp/millrace/app/kept', '/tmp/millrace/app.2/kept'])
    assert.notEqual(first.clientId, second.clientId)
    first.kill()
    const third = cluster.start('third', counting(), config)
    await cluster.run(() => third.state === 'RUNNING', limits)
    assert.equal(directories.size, 2)
    third.kill()
    void second.close()
    await cluster.run(() => second.state === 'NOT_RUNNING', limits)
    let isClean = false
    for (const path of ['app', 'app.2']) cluster.world.disk.write(`/tmp/millrace/${path}/kept/x`, Buffer.from('x'))
    void second.cleanUp().then(() => (isClean = true))
    await cluster.run(() => isClean, limits)
    assert.deepEqual(
      cluster.world.disk.paths().filter((path) => path.endsWith('/x')),
      [],
    )
  })

  test('an engine that cannot be created ends the instance, and the directory is free again', async () => {
    await using cluster = newCluster(38)
    const { engine } = keptEngine()
    const broken: StateEngine = { ...engine, create: () => Promise.reject(new Error('no such module')) }
    const first = cluster.start('first', counting(), configOf(broken, '/data'))
    await cluster.run(() => first.state === 'ERROR', limits)
    assert.match(String(first.failure), /no such module/)
    const second = cluster.start('second', counting(), configOf(engine, '/data'))
    await cluster.run(() => second.state === 'RUNNING', limits)
  })
})
