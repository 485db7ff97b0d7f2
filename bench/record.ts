import { BatchBuilder, type RecordToAppend } from '../src/record/batch-builder.ts'
import { readBatches, verifyCrc } from '../src/record/batch-reader.ts'
import { RecordCursor } from '../src/record/record-cursor.ts'
import { BATCH_BYTES } from './input.ts'
import type { Benchmark } from './measure.ts'

const KEY_BYTES = 8
const VALUE_BYTES = 256

/** `record`: fetched batches to record ranges, records to sealed batches. */
export const record: Benchmark = {
  name: 'record',
  title: 'record batch codec: 8-byte keys, 256-byte values, batches of 64 KiB, no compression, no headers',
  open(size) {
    const sample = sampleRecord()
    const batches = size === 'smoke' ? 1 : 16
    const builder = new BatchBuilder(BATCH_BYTES)
    const fetched = Buffer.concat(Array.from({ length: batches }, () => fill(builder, sample).seal()))
    const encode = (seals: boolean): number => {
      let count = 0
      for (let batch = 0; batch < batches; batch++) {
        builder.reset()
        count += fill(builder, sample).count
        // The batch before it was acknowledged, as far as this builder knows.
        if (seals) builder.recycle(builder.seal({ producerId: 1, producerEpoch: 0, baseSequence: 0 }))
      }
      return count
    }
    return [
      { name: 'decode: walk over records', unit: 'records', run: () => decode(fetched, false) },
      { name: 'decode: checksum and walk', unit: 'records', run: () => decode(fetched, true) },
      { name: 'encode: append', unit: 'records', run: () => encode(false) },
      { name: 'encode: append and seal', unit: 'records', run: () => encode(true) },
    ]
  },
}

function sampleRecord(): RecordToAppend {
  const bytes = Buffer.alloc(KEY_BYTES + VALUE_BYTES, 'key and value ')
  return { timestamp: 0, bytes, keyStart: 0, keyEnd: KEY_BYTES, valueStart: KEY_BYTES, valueEnd: bytes.length, headers: null }
}

function fill(builder: BatchBuilder, sample: RecordToAppend): BatchBuilder {
  sample.timestamp = 1_700_000_000_000
  while (builder.append(sample, BATCH_BYTES)) sample.timestamp++
  return builder
}

const cursor = new RecordCursor()
/** Sums up something of every record, so that nothing is optimised away. */
let seen = 0

function decode(bytes: Buffer, isChecked: boolean): number {
  let count = 0
  for (const batch of readBatches(bytes, 0, bytes.length)) {
    if (isChecked) verifyCrc(batch)
    cursor.open(batch)
    for (; cursor.next(); count++) seen = (seen + cursor.valueEnd - cursor.keyStart + cursor.offset) | 0
  }
  return count
}
