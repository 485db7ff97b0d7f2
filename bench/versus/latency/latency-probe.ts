// Sends records at a steady rate and says how long they take: `node latency-probe.ts name=value ...`. One process, so one clock.
import { setTimeout as sleep } from 'node:timers/promises'
import { RecordCursor } from '../../../src/record/record-cursor.ts'
import { outgoingRecord } from '../data/outgoing-record.ts'
import { GroundClient } from '../ground-client.ts'
import { percentile } from './percentile.ts'

const VALUE_BYTES = 100
const POLL_MS = 1
/** What is not there by then is lost. */
const ARRIVAL_PATIENCE_MS = 60_000

const options = new Map(process.argv.slice(2).map((argument) => argument.split('=') as [string, string]))
const [port, rate, warmUpMs, countedMs] = ['port', 'rate', 'warmUpMs', 'countedMs'].map((name) => Number(options.get(name)))
const [input, output] = [options.get('input')!, options.get('output')!]

const client = new GroundClient(port!)
const total = Math.round((rate! * (warmUpMs! + countedMs!)) / 1_000)
const uncounted = Math.round((rate! * warmUpMs!) / 1_000)
/** By number of the record; NaN: it has not arrived. */
const latenciesMs = new Float64Array(total).fill(Number.NaN)
let arrived = 0
let sendsLateMs = 0

const fetcher = client.fetcher()
fetcher.add({ topic: output, partition: 0 }, 0)
const startMs = performance.now()
const received = receive()
await send()
await Promise.race([received, sleep(ARRIVAL_PATIENCE_MS, undefined, { ref: false })])
await fetcher.close()
const counted = latenciesMs
  .subarray(uncounted)
  .filter((latency) => !Number.isNaN(latency))
  .toSorted()
const figures = {
  arrived,
  total,
  sendsLateMs,
  p50: percentile(counted, 0.5),
  p99: percentile(counted, 0.99),
  p999: percentile(counted, 0.999),
}
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit()

/** When record `index` is to be sent: not when it was, so that a sender that is held up does not make the others look fast. */
function dueMs(index: number): number {
  return startMs + (index * 1_000) / rate!
}

async function send(): Promise<void> {
  const producer = client.producer(0)
  const target = producer.target(input, 0)
  const record = outgoingRecord()
  record.keyEnd = 4
  record.valueStart = 4
  record.valueEnd = record.valueStart + VALUE_BYTES
  for (let index = 0; index < total;) {
    const nowMs = performance.now()
    sendsLateMs = Math.max(sendsLateMs, nowMs - dueMs(index))
    while (index < total && dueMs(index) <= nowMs) {
      record.timestamp = Date.now()
      record.bytes.writeUInt32BE(index, record.valueStart)
      producer.append(target, record)
      index++
    }
    await sleep(POLL_MS)
  }
  await producer.close()
}

async function receive(): Promise<void> {
  const cursor = new RecordCursor()
  while (arrived < total) {
    await fetcher.whenReady()
    const nowMs = performance.now()
    for (const chunk of fetcher.poll()) {
      for (const batch of chunk.batches) {
        cursor.open(batch)
        while (cursor.next()) {
          const index = cursor.buffer.readUInt32BE(cursor.valueStart)
          if (!Number.isNaN(latenciesMs[index]!)) continue
          latenciesMs[index] = nowMs - dueMs(index)
          arrived++
        }
      }
      chunk.release()
    }
  }
}
