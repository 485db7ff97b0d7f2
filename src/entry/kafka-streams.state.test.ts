import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore, type StoreEngine } from '../state/store-spec.ts'
import { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import { KafkaStreams } from './kafka-streams.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })

/** Counts words in a store on the engine of the application, and in one on `engine`. */
function counting(engine: StoreEngine) {
  const counts = keyValueStore('counts', { key: serdes.string, value: serdes.int64 })
  const again = keyValueStore('again', { key: serdes.string, value: serdes.int64, engine })
  const builder = new StreamsBuilder()
  builder.stream(words).process(
    ({ stores }) =>
      ({ key }) => {
        for (const store of [stores.counts, stores.again]) store.put(key, (store.get(key) ?? 0) + 1)
      },
    { stores: { counts, again } },
  )
  return { builder, counts, again }
}

async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + 20_000
  while (!holds()) {
    assert.ok(Date.now() < endMs, 'it takes too long')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** RocksDB closes its files in threads of its own, a moment after the instance is closed. */
function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 })
}

for (const engine of ['lsm', 'rocksdb', 'memory'] as const) {
  test(`KafkaStreams finds its stores again on a real disk: one on lsm, one on ${engine}`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-state-'))
    context.after(() => remove(folder))
    await using cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 100 })
    cluster.createTopic('words', { partitions: 2 })
    const config: StreamsConfig = {
      applicationId: 'app',
      cluster,
      stateDir: folder,
      processingGuarantee: 'exactly_once_v2',
      commitIntervalMs: 20,
      logger: false,
    }
    const restored = new Map<string, number>()
    const { builder, counts, again } = counting(engine)
    const begin = async (): Promise<KafkaStreams> => {
      const streams = new KafkaStreams(builder, config)
      streams.on('restoreEnd', ({ store, restored: count }) => void restored.set(store, (restored.get(store) ?? 0) + count))
      await streams.start()
      return streams
    }
    const first = await begin()
    cluster.append('words', 0, [{ key: Buffer.from('a'), value: Buffer.from('x') }])
    cluster.append('words', 1, [{ key: Buffer.from('b'), value: Buffer.from('x') }])
    await until(() => first.localStore(again).get('a') === 1 && first.localStore(again).get('b') === 1)
    await assert.rejects(first.cleanUp(), (error) => isMillraceError(error) && error.code === 'STILL_RUNNING')
    const second = new KafkaStreams(builder, config)
    await assert.rejects(second.start(), (error) => isMillraceError(error) && error.code === 'STATE_DIRECTORY_LOCKED')
    await first.close()
    restored.clear()
    const third = await begin()
    await until(() => third.localStore(again).get('a') === 1 && third.localStore(counts).get('b') === 1)
    assert.deepEqual(restored.get('counts') ?? 0, 0)
    assert.deepEqual(restored.get('again') ?? 0, engine === 'memory' ? 2 : 0)
    await third.close()
    assert.ok(readdirSync(join(folder, 'app')).includes('0_0'))
    assert.equal(existsSync(join(folder, 'app', 'rocksdb')), engine === 'rocksdb')
    await third.cleanUp()
    assert.deepEqual(
      readdirSync(join(folder, 'app')).filter((name) => !name.startsWith('.lock')),
      ['kafka-streams-process-metadata'],
    )
  })
}

test('KafkaStreams says of a state directory that cannot be used which one it is, and what is required', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-state-'))
  context.after(() => remove(folder))
  await writeFile(join(folder, 'file'), 'no directory')
  await using cluster = new EmbeddedCluster()
  cluster.createTopic('words', { partitions: 1 })
  const config = (stateDir: string): StreamsConfig => ({ applicationId: 'app', cluster, stateDir, logger: false })
  const unusable = { name: 'ConfigError', code: 'STATE_DIRECTORY_UNUSABLE', configKey: 'stateDir' }
  const { builder } = counting('lsm')
  const message = /Cannot read state directory ".*file\/app": ENOTDIR.*; required is a directory that this process may read and write$/
  assert.throws(() => new KafkaStreams(builder, config(join(folder, 'file'))), { ...unusable, message })
  // It can be read, as nothing is there, and not be made.
  await symlink(join(folder, 'nowhere', 'at', 'all'), join(folder, 'dangling'))
  const dangling = new KafkaStreams(builder, config(join(folder, 'dangling')))
  await assert.rejects(dangling.start(), { ...unusable, message: /Cannot lock state directory ".*dangling\/app"/ })
  await assert.rejects(dangling.cleanUp(), unusable)
})

for (const engine of ['lsm', 'rocksdb'] as const) {
  test(`KafkaStreams removes what is kept of a store that is not in its topology any more, ${engine}`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-state-'))
    context.after(() => remove(folder))
    await using cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 100 })
    cluster.createTopic('words', { partitions: 1 })
    const warnings: string[] = []
    const silent = (): void => undefined
    const config: StreamsConfig = {
      applicationId: 'app',
      cluster,
      stateDir: folder,
      stateEngine: engine,
      commitIntervalMs: 20,
      logger: { debug: silent, info: silent, error: silent, warn: (_fields, message) => void warnings.push(message) },
    }
    const run = async (names: readonly string[]): Promise<(string | null)[]> => {
      const stores = Object.fromEntries(
        names.map((name) => [name, keyValueStore(name, { key: serdes.string, value: serdes.string, logging: false })]),
      )
      const builder = new StreamsBuilder()
      builder.stream(words).process(
        (task) =>
          ({ key, value }) => {
            for (const name of names) task.stores[name]!.put(key, value)
          },
        { stores },
      )
      await using streams = new KafkaStreams(builder, config)
      await streams.start()
      const values = (): (string | null)[] => names.map((name) => streams.localStore(stores[name]!).get('a'))
      await until(() => values().includes('x'))
      return values()
    }
    cluster.append('words', 0, [{ key: Buffer.from('a'), value: Buffer.from('x') }])
    assert.deepEqual(await run(['kept', 'left']), ['x', 'x'])
    assert.deepEqual(await run(['kept']), ['x'])
    const said = warnings.filter((warning) => warning.includes('no more'))
    assert.deepEqual(said, ['Stores that task 0_0 has no more are removed: left'])
    assert.deepEqual(await run(['kept', 'left']), ['x', null], 'without a changelog it begins anew')
    assert.equal(warnings.filter((warning) => warning.includes('no more')).length, 1)
  })
}
