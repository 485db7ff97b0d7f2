// What the parts of a record's way cost alone: `node ceiling-probe.ts name=value ...`. One process for all three, one after the other.
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import type { FetchedChunk } from '../../../src/client/fetched-chunk.ts'
import { BatchBuilder } from '../../../src/record/batch-builder.ts'
import { verifyCrc } from '../../../src/record/batch-reader.ts'
import { RecordCursor } from '../../../src/record/record-cursor.ts'
import { outgoingRecord } from '../data/outgoing-record.ts'
import { GroundClient } from '../ground-client.ts'

/** Of fetched responses that are kept to be written again. */
const KEPT_BYTES = 32 * 1024 * 1024
const BATCH_BYTES = 16_384
const RECORDS_PER_TURN = 1_000

const options = new Map(process.argv.slice(2).map((argument) => argument.split('=') as [string, string]))
const [port, records] = ['port', 'records'].map((name) => Number(options.get(name)))
const [input, output] = [options.get('input')!, options.get('output')!]
const client = new GroundClient(port!)
const cursor = new RecordCursor()

const fetch = await fetchAlone()
const kept = await keptChunks()
const codec = codecAlone()
const produce = await produceAlone()
process.stdout.write(`${JSON.stringify({ fetch, codec, produce })}\n`)
process.exit()

/** CPU seconds per million records, of the second half of them; `done` is called with how many there are so far. */
function lateMeter(): { readonly done: (count: number) => void; readonly figure: () => number } {
  let half: { readonly count: number; readonly cpu: NodeJS.CpuUsage } | null = null
  let last = 0
  return {
    done: (count) => {
      last = count
      if (half === null && count >= records! / 2) half = { count, cpu: process.cpuUsage() }
    },
    figure: () => {
      const { user, system } = process.cpuUsage(half!.cpu)
      return (user + system) / (last - half!.count)
    },
  }
}

/** Reads without looking at a record; checksums are checked. */
async function fetchAlone(): Promise<number> {
  const meter = lateMeter()
  const fetcher = client.fetcher({ checkCrcs: true })
  fetcher.add({ topic: input, partition: 0 }, 0)
  for (let count = 0; count < records!;) {
    await fetcher.whenReady()
    for (const chunk of fetcher.poll()) {
      count = chunk.nextOffset
      chunk.release()
    }
    meter.done(count)
  }
  await fetcher.close()
  return meter.figure()
}

async function keptChunks(): Promise<readonly FetchedChunk[]> {
  const chunks: FetchedChunk[] = []
  const fetcher = client.fetcher()
  fetcher.add({ topic: input, partition: 0 }, 0)
  for (let [bytes, count] = [0, 0]; bytes < KEPT_BYTES && count < records!;) {
    await fetcher.whenReady()
    for (const chunk of fetcher.poll()) {
      chunks.push(chunk)
      bytes += chunk.byteLength
      count = chunk.nextOffset
    }
  }
  return chunks
}

/** Checks batches, walks over their records, and writes each into a new batch. */
function codecAlone(): number {
  const meter = lateMeter()
  const builder = new BatchBuilder(BATCH_BYTES)
  const record = outgoingRecord()
  for (let count = 0; count < records!;) {
    for (const { batches } of kept) {
      for (const batch of batches) {
        verifyCrc(batch)
        cursor.open(batch)
        while (cursor.next()) {
          takeRecord(record)
          if (builder.append(record, BATCH_BYTES)) continue
          builder.recycle(builder.seal({ producerId: 1, producerEpoch: 0, baseSequence: 0 }))
          builder.reset()
          builder.append(record, BATCH_BYTES)
        }
        count += batch.recordCount
      }
      meter.done(count)
    }
  }
  return meter.figure()
}

/** Writes records that are at hand. */
async function produceAlone(): Promise<number> {
  const meter = lateMeter()
  const producer = client.producer(100, BATCH_BYTES)
  const target = producer.target(output, 0)
  const record = outgoingRecord()
  let count = 0
  while (count < records!) {
    for (const { batches } of kept) {
      for (const batch of batches) {
        cursor.open(batch)
        while (cursor.next()) {
          takeRecord(record)
          producer.append(target, record)
          if (++count % RECORDS_PER_TURN !== 0) continue
          await yieldToEvents()
          if (producer.isFull) await producer.whenWritable()
        }
      }
      meter.done(count)
      if (count >= records!) break
    }
  }
  await producer.close()
  return meter.figure()
}

function takeRecord(record: ReturnType<typeof outgoingRecord>): void {
  record.timestamp = cursor.timestamp
  record.bytes = cursor.buffer
  record.keyStart = cursor.keyStart
  record.keyEnd = cursor.keyEnd
  record.valueStart = cursor.valueStart
  record.valueEnd = cursor.valueEnd
}
