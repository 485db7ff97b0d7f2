import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEnvironment, KafkaStreams, keyQuery, type Logger, StreamsBuilder, type StreamsConfig, timestampedRangeQuery } from 'millrace'
import { EmbeddedCluster, listen } from 'millrace/broker'
import { halt } from 'millrace/testing'
import { counted, counts, lines } from './topologies/word-count.ts'

// Stream threads that are workers, over TCP.

const module = new URL('./topologies/word-count.ts', import.meta.url)

interface LogLine {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

function logTo(log: LogLine[]): Logger {
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void log.push({ level, fields: fields as LogLine['fields'], message })
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

async function until(holds: () => boolean, what: string, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; !holds();) {
    assert.ok(Date.now() < end, `${what}, within ${ms} ms`)
    await sleep(20)
  }
}

interface Scene extends AsyncDisposable {
  readonly cluster: EmbeddedCluster
  readonly log: readonly LogLine[]
  readonly config: StreamsConfig
  produce(texts: readonly string[]): void
  counts(): Record<string, number>
}

async function scene(given: Partial<StreamsConfig> = {}, sessionTimeoutMs = 45_000): Promise<Scene> {
  const cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, sessionTimeoutMs, heartbeatIntervalMs: 500 })
  cluster.createTopic(lines.name, { partitions: 4 })
  cluster.createTopic(counted.name, { partitions: 4 })
  const listening = await listen(cluster)
  const log: LogLine[] = []
  let next = 0
  const config: StreamsConfig = {
    applicationId: 'threads',
    bootstrapServers: listening.bootstrapServers,
    numStreamThreads: 2,
    commitIntervalMs: 50,
    statestoreCacheMaxBytes: 0,
    stateEngine: 'memory',
    logger: logTo(log),
    ...given,
  }
  return {
    cluster,
    log,
    config,
    produce: (texts) => {
      for (const text of texts) cluster.append(lines.name, next++ % 4, [{ key: Buffer.from('k'), value: Buffer.from(text) }])
    },
    counts: () => {
      const found: Record<string, number> = {}
      for (let partition = 0; partition < 4; partition++) {
        for (const { key, value } of cluster.read(counted.name, partition, { isolation: 'read_committed' })) {
          found[key!.toString()] = Number(value!.readBigInt64BE())
        }
      }
      return found
    },
    [Symbol.asyncDispose]: async () => {
      await listening.close()
      cluster.close()
    },
  }
}

function repeat(text: string, times: number): readonly string[] {
  return Array.from({ length: times }, () => text)
}

test('KafkaStreams runs a module topology on two worker threads', async () => {
  await using at = await scene({ processingGuarantee: 'exactly_once_v2' })
  await using streams = new KafkaStreams(module, at.config)
  await streams.start()
  // The thread that has joined first gives half of the tasks to the other one.
  const tasks = (): readonly number[] => streams.metadataForLocalThreads().map(({ activeTasks }) => activeTasks.length)
  await until(() => streams.state === 'RUNNING' && tasks().join() === '4,4', 'both threads have tasks')
  at.produce([...repeat('ant bee', 40), ...repeat('cat', 20), 'skip'])
  await until(() => at.counts()['ant'] === 40 && at.counts()['bee'] === 40 && at.counts()['cat'] === 20, 'all is counted')
  assert.deepEqual(
    streams.streamThreads.map((name) => name.replace(/.*-(StreamThread-)/, '$1')),
    ['StreamThread-1', 'StreamThread-2'],
  )
  assert.equal(at.counts()['skip'], undefined, 'the handler of the module has been asked')
  assert.ok(at.log.some(({ message }) => message.startsWith('Skipped a record: told to be skipped')))
  const processed = (): number[] =>
    streams.streamThreads.map((thread) =>
      streams
        .metrics()
        .filter(
          ({ name, group, labels }) => group === 'stream-thread-metrics' && name === 'process-total' && labels['thread-id'] === thread,
        )
        .reduce((sum, { value }) => sum + value, 0),
    )
  await until(() => processed().reduce((sum, count) => sum + count, 0) === 61 + 100, 'the metrics of both threads are seen')
  assert.ok(
    processed().every((count) => count > 0),
    'both have worked',
  )
  assert.deepEqual(
    streams.metadataForLocalThreads().map(({ threadState, activeTasks }) => [threadState, activeTasks.length]),
    [
      ['RUNNING', 4],
      ['RUNNING', 4],
    ],
  )
  const words = streams.store(counts)
  assert.deepEqual([await words.get('ant'), await words.get('cat'), await words.get('dog')], [40, 20, null])
  assert.deepEqual((await Array.fromAsync(words.all(), ([word, count]) => `${word} ${count}`)).sort(), ['ant 40', 'bee 40', 'cat 20'])
  const lags = await streams.lags()
  assert.deepEqual([...lags.get('counts')!.keys()], [0, 1, 2, 3])
  assert.throws(() => streams.localStore(counts).get('ant'), /use store\(\)/)
  const all = await streams.queryAsync(counts, timestampedRangeQuery(), { executionInfo: true })
  assert.deepEqual([...all.partitionResults.keys()], [0, 1, 2, 3])
  const found = [...all.partitionResults.values()].flatMap((answer) => (answer.isSuccess ? [...answer.result] : []))
  const shown = found.map(([word, { value, timestamp }]) => `${word} ${value} ${timestamp > 0}`)
  assert.deepEqual(shown.sort(), ['ant 40 true', 'bee 40 true', 'cat 20 true'])
  const again = await streams.queryAsync(counts, keyQuery('cat'), { positionBound: all.position, isolationLevel: 'read_committed' })
  assert.equal(again.onlyPartitionResult?.result, 20)
  assert.throws(() => streams.query(counts, keyQuery('ant')), /use queryAsync\(\)/)
  assert.equal(await streams.close(), true)
  assert.deepEqual(streams.streamThreads, [])
})

test('KafkaStreams adds and removes worker threads while it runs', async () => {
  await using at = await scene({ numStreamThreads: 1 })
  await using streams = new KafkaStreams(module, at.config)
  await streams.start()
  const [first] = streams.streamThreads
  assert.equal(streams.addStreamThread(), first!.replace(/1$/, '2'))
  at.produce(repeat('ant', 20))
  await until(() => at.counts()['ant'] === 20, 'all is counted')
  assert.equal(await streams.removeStreamThread(), first)
  at.produce(repeat('ant', 20))
  await until(() => at.counts()['ant'] === 40, 'all is counted by the one that is left')
  assert.equal(await streams.removeStreamThread({ timeout: '20s' }), first!.replace(/1$/, '2'))
  assert.equal(await streams.removeStreamThread(), null)
  assert.deepEqual([streams.state, streams.streamThreads.length], ['RUNNING', 0])
  assert.equal(streams.addStreamThread(), first, 'its number is free again')
  at.produce(repeat('ant', 20))
  await until(() => at.counts()['ant'] === 60, 'all is counted by the new one')
})

test('KafkaStreams replaces worker threads that fail, and one whose worker is gone', async () => {
  const errors: Error[] = []
  await using at = await scene({
    processingGuarantee: 'exactly_once_v2',
    uncaughtExceptionHandler: (error) => {
      errors.push(error)
      return errors.length < 2 ? 'replace-thread' : 'shutdown-client'
    },
  })
  await using streams = new KafkaStreams(module, at.config)
  const ends: Error[] = []
  streams.on('error', (error) => void ends.push(error))
  await streams.start()
  at.produce([...repeat('ant', 20), 'exit'])
  await until(() => errors.length === 1, 'the first has died')
  assert.deepEqual([errors[0]!.name, Reflect.get(errors[0]!, 'code')], ['TaskError', 'THREAD_DIED'])
  await until(() => errors.length === 2, 'another one has died of the same record')
  await until(() => streams.state === 'ERROR', 'the instance has ended')
  assert.deepEqual(streams.streamThreads, [])
  assert.deepEqual(
    ends.map((error) => Reflect.get(error, 'code')),
    ['THREAD_DIED'],
  )
})

test('KafkaStreams counts exactly once on files when a worker is gone in the middle, and when the whole instance is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-threads-'))
  try {
    await using at = await scene(
      {
        processingGuarantee: 'exactly_once_v2',
        stateEngine: 'lsm',
        stateDir: folder,
        producer: { transactionTimeoutMs: 5_000 },
        uncaughtExceptionHandler: () => 'replace-thread',
      },
      6_000,
    )
    const environment = createEnvironment()
    const first = new KafkaStreams(module, { ...at.config, environment })
    await first.start()
    at.produce(repeat('ant bee', 60))
    await until(() => at.counts()['ant'] === 60, 'all is counted')
    at.produce([`die ${folder}/died`, ...repeat('ant', 60)])
    await until(() => at.counts()['ant'] === 120 && at.counts()['die'] === 1, 'all is counted after a worker has died')
    assert.ok(
      at.log.some(
        ({ message, fields }) => message === 'a stream thread died' && Reflect.get(fields['err'] as Error, 'code') === 'THREAD_DIED',
      ),
    )
    at.produce(repeat('bee', 40))
    halt(environment)
    await using second = new KafkaStreams(module, at.config)
    await second.start()
    at.produce(repeat('cat', 20))
    await until(() => at.counts()['cat'] === 20 && at.counts()['bee'] === 100, 'all is counted after the instance has died')
    assert.deepEqual([at.counts()['ant'], await second.store(counts).get('bee')], [120, 100])
    const written = [0, 1, 2, 3].flatMap((partition) => at.cluster.read(counted.name, partition, { isolation: 'read_committed' }))
    assert.equal(written.length, 120 + 100 + 20 + 2, 'each count once')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a processor that blocks its worker thread for longer than a session keeps its tasks, and is named in the log', async () => {
  const BLOCK_MS = 10_000
  const SESSION_MS = 6_000
  const blocked = async (groupProtocol: 'streams' | 'classic'): Promise<void> => {
    const ofSession = groupProtocol === 'classic' ? { mainConsumer: { sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 1_000 } } : {}
    await using at = await scene({ groupProtocol, ...ofSession }, SESSION_MS)
    await using streams = new KafkaStreams(module, at.config)
    await streams.start()
    await until(
      () => streams.state === 'RUNNING' && streams.metadataForLocalThreads().every(({ activeTasks }) => activeTasks.length === 4),
      'both threads have tasks',
    )
    at.produce(repeat('ant', 20))
    await until(() => at.counts()['ant'] === 20, 'all is counted')
    const assignments = (): number => at.log.filter(({ message }) => message === 'took an assignment').length
    const before = assignments()
    at.produce([`block ${BLOCK_MS}`, ...repeat('bee', 20)])
    const startMs = Date.now()
    await until(() => at.counts()['bee'] === 20 && at.counts()['block'] === 1, 'all is counted')
    assert.ok(Date.now() - startMs >= BLOCK_MS - 100)
    await sleep(1_000)
    assert.equal(assignments(), before, `${groupProtocol}: nobody has taken the tasks away`)
    assert.deepEqual(
      at.log.filter(({ message }) => /Lost the membership|Leaving the group|going back/.test(message)),
      [],
    )
    const said = at.log.filter(({ message }) => message.includes('has been blocked'))
    assert.ok(said.length > 0)
    assert.match(said[0]!.message, /^Stream thread threads-.*-StreamThread-[12] has been blocked in processor "deeds" for [5-9]\d\d\d ms/)
    assert.equal(said[0]!.fields['processor'], 'deeds')
    await until(() => at.log.some(({ message }) => message.includes('runs again')), 'its end is told')
  }
  await Promise.all([blocked('streams'), blocked('classic')])
})

test('close() of an instance whose threads are still loading, and of one whose thread is blocked, is over in time', async () => {
  await using at = await scene({ numStreamThreads: 1 })
  const loading = new KafkaStreams(module, at.config)
  const started = loading.start().then(
    () => 'started',
    (error: Error) => Reflect.get(error, 'code') as string,
  )
  assert.equal(await loading.close(), true)
  assert.deepEqual([loading.state, await started], ['NOT_RUNNING', 'CLOSED_BEFORE_RUNNING'])
  const blocked = new KafkaStreams(module, at.config)
  await blocked.start()
  at.produce(['ant'])
  await until(() => at.counts()['ant'] === 1, 'it works')
  const startMs = Date.now()
  at.produce(['block 60000'])
  await sleep(500)
  assert.equal(await blocked.close({ timeout: '500ms' }), false)
  await until(() => blocked.state === 'NOT_RUNNING', 'the worker is ended in the middle of what it does')
  assert.ok(Date.now() - startMs < 50_000)
})

test('KafkaStreams refuses more threads for a topology that was built here, and functions that threads would have to be given', () => {
  const builder = new StreamsBuilder()
  builder.stream(lines).to('copies')
  const config = { applicationId: 'threads', bootstrapServers: 'localhost:1' }
  const refuses = (make: () => unknown, code: string, message: RegExp): void => {
    assert.throws(make, (error: Error) => {
      assert.equal(Reflect.get(error, 'code'), code)
      assert.match(error.message, message)
      return true
    })
  }
  refuses(
    () => new KafkaStreams(builder, { ...config, numStreamThreads: 2 }),
    'CONFIG_UNSUPPORTED',
    /new URL\('\.\/topology\.ts', import\.meta\.url\)/,
  )
  const handler = (): 'skip' => 'skip'
  refuses(
    () => new KafkaStreams(module, { ...config, processingExceptionHandler: handler }),
    'CONFIG_UNSUPPORTED',
    /"processingExceptionHandler".*let the module of the topology return it: \{ topology, handlers: \{ processingExceptionHandler \} \}/,
  )
  refuses(
    () => new KafkaStreams(module, { ...config, sasl: { mechanism: 'OAUTHBEARER', token: () => 'token' } }),
    'CONFIG_UNSUPPORTED',
    /"sasl\.token".*handlers: \{ sasl \}/,
  )
  refuses(() => new KafkaStreams(module, { applicationId: 'threads', cluster: new EmbeddedCluster() }), 'CONFIG_UNSUPPORTED', /listen\(\)/)
  refuses(
    () => new KafkaStreams(module, { ...config, stateEngine: 'rocksdb' }),
    'CONFIG_UNSUPPORTED',
    /engine "rocksdb".*one database.*use "lsm"/,
  )
  const none = new URL('./topologies/none.ts', import.meta.url)
  refuses(() => new KafkaStreams(none, config), 'TOPOLOGY_MODULE', /^Cannot use .* Cannot find module '[^'\n]*none\.ts'$/)
  refuses(
    () => new KafkaStreams(new URL('./topologies/wrong.ts', import.meta.url), config),
    'TOPOLOGY_MODULE',
    /default export is undefined/,
  )
  refuses(() => new KafkaStreams(new URL('./topologies/waiting.ts', import.meta.url), config), 'TOPOLOGY_MODULE', /top-level await/)
  assert.equal(new KafkaStreams(module, { ...config, uncaughtExceptionHandler: () => 'replace-thread' }).state, 'CREATED')
})
