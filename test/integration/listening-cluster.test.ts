// Goal: an embedded cluster that listens is a Kafka cluster to others: to our client over TCP, and to the clients and tools of Java.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { EmbeddedCluster, listen, type ListeningCluster, type StoredRecord } from 'millrace/broker'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { clientContract } from '../../src/client/contract.ts'
import type { ClusterUnderTest } from '../../src/client/contract-scene.test.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import { KAFKA_VERSION, kafkaClassPath, kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { resolveClassPath } from '../oracle/maven.ts'
import { JavaProgram } from './java-program.ts'

const WAIT_MS = 60_000

/** Lets the processes beside us work until `isSo`. */
async function until(isSo: () => boolean, what: () => string): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS
  while (!isSo()) {
    assert.ok(performance.now() < deadlineMs, `it is so within ${WAIT_MS} ms; seen: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function openContract(): Promise<ClusterUnderTest> {
  const cluster = new EmbeddedCluster({ nodes: 3, transactionScanIntervalMs: 1_000 })
  const listening = await listen(cluster)
  return {
    cluster: { bootstrap: cluster.bootstrap, transport: (client) => new TcpTransport(client) },
    environment: () => createRealEnvironment(),
    settle: (work) => work,
    cut: (rule) => void cluster.faults.add({ ...rule, action: 'cut' }),
    faults: {
      moveLeader: (topic, partition) => cluster.faults.moveLeader(topic, partition),
      moveCoordinator: (kind, key) => cluster.faults.moveCoordinator(kind, key),
      loseFetchSessions: () => cluster.faults.loseFetchSessions(),
      slowMarkers: (delayMs) => {
        cluster.faults.slowMarkersMs = delayMs
      },
    },
    compact: (topic) => cluster.compact(topic),
    dispose: async () => {
      await listening.close()
      cluster.close()
    },
  }
}

clientContract('client over TCP on a listening embedded cluster', openContract, {
  transactionVersion: 2,
  concurrency: 8,
  applicable: 69,
})

describe('Java on a listening embedded cluster', { skip: kafkaSkipReason() }, () => {
  let cluster: EmbeddedCluster
  let listening: ListeningCluster
  let classPath: string

  beforeEach(async () => {
    classPath = kafkaClassPath(KAFKA_VERSION)
    cluster = new EmbeddedCluster({ nodes: 3, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 })
    listening = await listen(cluster)
  })
  afterEach(async () => {
    await listening.close()
    cluster.close()
  })

  /** Runs a tool of Kafka to its end and gives what it printed. */
  function tool(name: string, args: readonly string[], input = ''): Promise<string> {
    const program = new JavaProgram(
      classPath,
      `org.apache.kafka.tools.${name}`,
      ['--bootstrap-server', listening.bootstrapServers, ...args],
      input,
    )
    return program.finish()
  }

  /** The committed records of all partitions, as `key=value`. */
  function committed(topic: string, show = (value: Buffer) => value.toString()): string[] {
    const records: StoredRecord[] = []
    for (let partition = 0; partition < cluster.topics.partitions(topic); partition++) {
      records.push(...cluster.read(topic, partition, { isolation: 'read_committed' }))
    }
    return records.map(({ key, value }) => `${key?.toString() ?? null}=${value === null ? null : show(value)}`)
  }

  test('the tool for topics makes, describes, grows and deletes one', async () => {
    await tool('TopicCommand', ['--create', '--topic', 'made', '--partitions', '2', '--config', 'cleanup.policy=compact'])
    assert.equal(cluster.topics.partitions('made'), 2)
    assert.equal(cluster.topicConfigs('made').get('cleanup.policy'), 'compact')
    const described = await tool('TopicCommand', ['--describe', '--topic', 'made'])
    assert.match(described, /PartitionCount: 2\s+ReplicationFactor: 3\s+Configs: cleanup\.policy=compact/)
    await tool('TopicCommand', ['--alter', '--topic', 'made', '--partitions', '5'])
    assert.equal(cluster.topics.partitions('made'), 5)
    await tool('TopicCommand', ['--delete', '--topic', 'made'])
    assert.equal(await tool('TopicCommand', ['--list']), '\n')
  })

  test('the console producer writes what the console consumer reads', async () => {
    cluster.createTopic('console')
    const properties = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:']
    await tool('ConsoleProducer', ['--topic', 'console', ...properties], 'a:1\nb:2\na:3\n')
    assert.deepEqual(committed('console'), ['a=1', 'b=2', 'a=3'])
    const from = ['--partition', '0', '--offset', '1', '--max-messages', '2']
    assert.equal(await tool('consumer.ConsoleConsumer', ['--topic', 'console', ...from]), '2\n3\n')
  })

  test('the verifiable producer has every record acknowledged', async () => {
    cluster.createTopic('verified', { partitions: 3 })
    const printed = await tool('VerifiableProducer', ['--topic', 'verified', '--max-messages', '2000'])
    assert.match(printed, /"sent":2000,"acked":2000/)
    const values = committed('verified').map((record) => Number(record.split('=')[1]))
    assert.deepEqual(
      values.toSorted((a, b) => a - b),
      Array.from({ length: 2_000 }, (_, index) => index),
    )
  })

  test('a transactional producer of Java commits and aborts', async () => {
    cluster.createTopic('transactions', { partitions: 2 })
    const source = fileURLToPath(new URL('./java/TransactionalWriter.java', import.meta.url))
    await using program = new JavaProgram(classPath, source, [listening.bootstrapServers, 'transactions', '30'])
    assert.equal(await program.finish(), 'committed 20\n')
    const expected = Array.from({ length: 30 }, (_, number) => number).filter((number) => number % 3 !== 2)
    const seen = committed('transactions').map((record) => Number(record.split('=')[1]))
    assert.deepEqual(
      [...new Set(seen)].toSorted((a, b) => a - b),
      expected,
    )
    assert.equal(seen.length, expected.length * 10)
  })

  test('the console consumer reads as a member of a group, and the tool for groups shows and resets what it committed', async () => {
    cluster.createTopic('grouped', { partitions: 2 })
    for (const partition of [0, 1]) cluster.append('grouped', partition, [{ value: Buffer.from('one') }, { value: Buffer.from('two') }])
    const group = ['--group', 'console-group']
    const read = await tool('consumer.ConsoleConsumer', ['--topic', 'grouped', '--from-beginning', '--max-messages', '4', ...group])
    assert.deepEqual(read.trimEnd().split('\n').toSorted(), ['one', 'one', 'two', 'two'])
    assert.equal(cluster.lag('console-group'), 0)
    assert.match(await tool('consumer.group.ConsumerGroupCommand', ['--list']), /^console-group$/m)
    const described = await tool('consumer.group.ConsumerGroupCommand', ['--describe', ...group])
    assert.match(described, /console-group\s+grouped\s+0\s+2\s+2\s+0\s/)
    assert.match(described, /console-group\s+grouped\s+1\s+2\s+2\s+0\s/)
    await tool('consumer.group.ConsumerGroupCommand', ['--reset-offsets', '--to-earliest', '--topic', 'grouped', '--execute', ...group])
    assert.equal(cluster.lag('console-group'), 4)
    await tool('consumer.group.ConsumerGroupCommand', ['--delete', ...group])
    assert.doesNotMatch(await tool('consumer.group.ConsumerGroupCommand', ['--list']), /^console-group$/m)
  })

  for (const protocol of ['streams', 'classic']) {
    test(`a Kafka Streams application of Java counts words exactly once, ${protocol} protocol`, async () => {
      for (const topic of ['lines', 'word-counts']) cluster.createTopic(topic, { partitions: 2 })
      const stateFolder = mkdtempSync(join(tmpdir(), 'millrace-java-'))
      try {
        const source = fileURLToPath(new URL('./java/WordCountApplication.java', import.meta.url))
        const args = [listening.bootstrapServers, 'java-word-count', protocol, stateFolder, 'lines']
        await using program = new JavaProgram(resolveClassPath(), source, args)
        await until(
          () => program.output.includes('RUNNING\n'),
          () => program.output + program.errors,
        )
        for (let line = 0; line < 50; line++) cluster.append('lines', line % 2, [{ key: null, value: Buffer.from('to be or not to be') }])
        const count = (value: Buffer): string => value.readBigInt64BE().toString()
        await until(
          () => committed('word-counts', count).length >= 300,
          () => `${committed('word-counts', count).length} of 300 counts`,
        )
        await program.finish()
        const expected = [100, 100, 50, 50].flatMap((times, word) =>
          Array.from({ length: times }, (_, index) => `${['to', 'be', 'or', 'not'][word]}=${index + 1}`),
        )
        assert.deepEqual(committed('word-counts', count).toSorted(), expected.toSorted())
        assert.equal(cluster.lag('java-word-count'), 0)
      } finally {
        rmSync(stateFolder, { recursive: true, force: true })
      }
    })
  }
})
