// Goal: on a real broker a window store is restored from where its windows have not expired, and has all that it had.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { KafkaStreams, serdes, StreamsBuilder, timestampedWindowRangeQuery, timeWindows, topic } from 'millrace'
import { append } from '../../src/client/contract-scene.test.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { openWireScene } from './wire-scene.ts'

const RECORDS = 900
const SPAN_MS = 3_600_000
const WAIT_MS = 60_000

describe('a window store on Kafka', { skip: kafkaSkipReason() }, () => {
  let node: KafkaNode
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-windows-'))
    node = await KafkaNode.start({ shortTimeouts: true })
  })
  after(async () => {
    await node.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const processingGuarantee of ['at_least_once', 'exactly_once_v2'] as const) {
    test(`is restored from where its windows have not expired, ${processingGuarantee}`, async () => {
      const visits = topic(`visits-${processingGuarantee}`, { key: serdes.string, value: serdes.string })
      const scene = openWireScene([node.port])
      const opened: KafkaStreams[] = []
      const open = (name: string) => {
        const builder = new StreamsBuilder()
        const windows = timeWindows({ size: '10s', advance: '1s', grace: '20s' })
        const counts = builder.stream(visits).groupByKey().windowedBy(windows).count({ store: 'counts' })
        const streams = new KafkaStreams(builder, {
          applicationId: `windows-${processingGuarantee}`,
          bootstrapServers: node.bootstrapServers,
          processingGuarantee,
          statestoreCacheMaxBytes: 0,
          commitIntervalMs: 100,
          consumer: { autoOffsetReset: 'earliest' },
          stateDir: join(folder, processingGuarantee, name),
          logger: false,
        })
        opened.push(streams)
        const rows = (): unknown[] => {
          const found = streams.query(counts, timestampedWindowRangeQuery({ from: 0, to: Infinity })).partitionResults.get(0)
          return found?.isSuccess === true ? [...found.result] : []
        }
        const position = (): number | null =>
          streams.query(counts, timestampedWindowRangeQuery({ from: 0, to: 0 })).position.offset(visits.name, 0)
        return { streams, rows, position }
      }
      try {
        await scene.admin.createTopics([{ name: visits.name, partitions: 1, replicationFactor: -1 }])
        const first = open('first')
        await first.streams.start()
        const producer = scene.producer()
        const nowMs = Date.now()
        const records = Array.from({ length: RECORDS }, (_, index) => {
          const lateMs = index % 7 === 0 ? 15_000 : 0
          return { key: `key-${index % 3}`, value: 'v', timestamp: nowMs - SPAN_MS + Math.floor((index * SPAN_MS) / RECORDS) - lateMs }
        })
        append(producer, visits.name, records)
        await producer.close()
        await scene.until(() => Promise.resolve(first.position() === RECORDS - 1), WAIT_MS)
        const expected = first.rows()
        await first.streams.close({ leaveGroup: true })
        const second = open('second')
        let from = -1
        let restored = 0
        second.streams.on('restoreStart', (start) => (from = start.from))
        second.streams.on('restoreEnd', (end) => (restored = end.restored))
        await second.streams.start()
        await scene.until(() => Promise.resolve(second.rows().length > 0), WAIT_MS)
        assert.deepEqual(second.rows(), expected)
        // The end of the first transaction has the time of the clock, and so a time that matters.
        const least = processingGuarantee === 'at_least_once' ? 4_096 : 0
        assert.ok(from > least && restored < 10 * RECORDS - least, `from ${from}, ${restored} restored`)
      } finally {
        for (const streams of opened) await streams.close()
        scene.close()
      }
    })
  }
})
