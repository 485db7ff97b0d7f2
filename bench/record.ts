import { BatchBuilder, type RecordToAppend } from '../src/record/batch-builder.ts'
import { readBatches, verifyCrc } from '../src/record/batch-reader.ts'
import { RecordCursor } from '../src/record/record-cursor.ts'

/** One measured thing. */
export interface BenchRow {
  readonly name: string
  /** Of CPU time of the whole process. */
  readonly recordsPerCpuSecond: number
  readonly nanosecondsPerRecord: number
}

/** How long and how large. */
export interface RecordBenchOptions {
  /** CPU time that each measurement takes at least. Default 500. */
  readonly durationMs?: number | undefined
  /** Bytes of a value. Default 256. */
  readonly valueBytes?: number | undefined
  /** Bytes of a batch. Default 64 KiB. */
  readonly batchBytes?: number | undefined
}

const KEY_BYTES = 12

/** The record codec alone: fetched batches to record ranges, records to sealed batches. No compression, no headers, checksums included where said. */
export function bench(options: RecordBenchOptions = {}): Promise<BenchRow[]> {
  const batchBytes = options.batchBytes ?? 64 * 1024
  const durationMs = options.durationMs ?? 500
  const record = sampleRecord(options.valueBytes ?? 256)
  const fetched = Buffer.concat(Array.from({ length: 16 }, () => fill(new BatchBuilder(batchBytes), record, batchBytes).seal()))
  const fetchedCount = readBatches(fetched, 0, fetched.length).reduce((sum, batch) => sum + batch.recordCount, 0)
  const builder = new BatchBuilder(batchBytes)
  const perBatch = fill(builder, record, batchBytes).count
  return Promise.resolve([
    measure('decode: walk over records', durationMs, fetchedCount, () => decode(fetched, false)),
    measure('decode: checksum and walk over records', durationMs, fetchedCount, () => decode(fetched, true)),
    measure('encode: append records', durationMs, perBatch, () => {
      builder.reset()
      fill(builder, record, batchBytes)
    }),
    measure('encode: append records and seal', durationMs, perBatch, () => {
      builder.reset()
      fill(builder, record, batchBytes).seal({ producerId: 1, producerEpoch: 0, baseSequence: 0 })
    }),
  ])
}

function sampleRecord(valueBytes: number): RecordToAppend {
  const bytes = Buffer.alloc(KEY_BYTES + valueBytes, 'key and value ')
  return { timestamp: 0, bytes, keyStart: 0, keyEnd: KEY_BYTES, valueStart: KEY_BYTES, valueEnd: bytes.length, headers: null }
}

function fill(builder: BatchBuilder, record: RecordToAppend, batchBytes: number): BatchBuilder {
  record.timestamp = 1_700_000_000_000
  while (builder.append(record, batchBytes)) record.timestamp++
  return builder
}

const cursor = new RecordCursor()

/** Returns something of every record, so that nothing is optimised away. */
function decode(bytes: Buffer, isChecked: boolean): number {
  let seen = 0
  for (const batch of readBatches(bytes, 0, bytes.length)) {
    if (isChecked) verifyCrc(batch)
    cursor.open(batch)
    while (cursor.next()) seen += cursor.valueEnd - cursor.keyStart + cursor.offset
  }
  return seen
}

function measure(name: string, durationMs: number, recordCount: number, run: () => void): BenchRow {
  const warmUp = process.cpuUsage()
  while (elapsedMs(warmUp) < durationMs / 2) run()
  const start = process.cpuUsage()
  let rounds = 0
  while (elapsedMs(start) < durationMs) {
    run()
    rounds++
  }
  const nanosecondsPerRecord = (elapsedMs(start) * 1e6) / (rounds * recordCount)
  return { name, recordsPerCpuSecond: 1e9 / nanosecondsPerRecord, nanosecondsPerRecord }
}

function elapsedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}
