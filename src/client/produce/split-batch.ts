import { viewBatch } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { OutgoingRecord } from '../outgoing-record.ts'
import type { BatchPool } from './batch-pool.ts'
import { ProducerBatch } from './target-state.ts'

/** Makes two batches with the records of a sealed one that has at least two: the broker found it too large (N§3.5). */
export function splitBatch(batch: ProducerBatch, pool: BatchPool): readonly [ProducerBatch, ProducerBatch] {
  const bytes = batch.bytes!
  const cursor = new RecordCursor()
  cursor.open(viewBatch(bytes, 0, bytes.length, null))
  const half = Math.ceil(batch.recordCount / 2)
  const first = part(batch, pool, cursor, { from: 0, to: half })
  const second = part(batch, pool, cursor, { from: half, to: batch.recordCount })
  return [first, second]
}

function part(
  batch: ProducerBatch,
  pool: BatchPool,
  cursor: RecordCursor,
  range: { readonly from: number; readonly to: number },
): ProducerBatch {
  const builder = pool.takeBuilder()
  const origins = pool.takeOrigins()
  for (let index = range.from; index < range.to; index++) {
    cursor.next()
    builder.append(asOutgoing(cursor))
    origins.addFrom(batch.origins, index)
  }
  const result = new ProducerBatch(batch.target, builder, origins, batch.createdAtMs)
  result.bufferedBytes = builder.size
  result.wasSent = true
  return result
}

function asOutgoing(cursor: RecordCursor): Omit<OutgoingRecord, 'node' | 'sourcePartition' | 'sourceOffset'> {
  const { timestamp, buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
  const headers = cursor.headerCount === 0 ? null : cursor.headers()
  return { timestamp, bytes: buffer, keyStart, keyEnd, valueStart, valueEnd, headers }
}
