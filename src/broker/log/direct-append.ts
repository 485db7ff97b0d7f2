import { ClusterError } from '../../base/errors.ts'
import { kafkaErrorName } from '../../protocol/kafka-errors.ts'
import { BatchBuilder } from '../../record/batch-builder.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import type { Partition } from '../topics/topic-catalog.ts'
import { checkBatch, isProblem } from './batch-check.ts'

/** A record to append from inside. */
export interface NewRecord {
  /** Default `null`: none. */
  readonly key?: Uint8Array | null | undefined
  /** Default `null`: none. */
  readonly value?: Uint8Array | null | undefined
  /** Default: the clock of the cluster. */
  readonly timestamp?: number | undefined
  readonly headers?: RecordHeaders | null | undefined
}

/** Appends records as one batch and returns the offset of the first. Throws `ClusterError` `REQUEST_REFUSED`. */
export function appendRecords(partition: Partition, records: readonly NewRecord[], nowMs: number): number {
  if (records.length === 0) return partition.log.endOffset
  const bytes = encode(records, nowMs)
  const batch = checkBatch(bytes, partition.log.config, nowMs)
  if (isProblem(batch)) throw refusal(partition, batch.errorCode, batch.message)
  const { errorCode, baseOffset } = partition.log.append(batch, { nowMs, mustStartAtZero: false })
  if (errorCode !== 0) throw refusal(partition, errorCode, 'the log refused it')
  return baseOffset
}

function encode(records: readonly NewRecord[], nowMs: number): Buffer {
  const builder = new BatchBuilder()
  for (const { key = null, value = null, timestamp = nowMs, headers = null } of records) {
    const keyLength = key?.length ?? 0
    const bytes = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
    builder.append({
      timestamp,
      bytes,
      keyStart: 0,
      keyEnd: key === null ? -1 : keyLength,
      valueStart: keyLength,
      valueEnd: value === null ? -1 : bytes.length,
      headers,
    })
  }
  return builder.seal()
}

function refusal(partition: Partition, kafkaCode: number, reason: string): ClusterError {
  const where = `partition ${partition.index} of the topic "${partition.topic.name}"`
  return new ClusterError('REQUEST_REFUSED', `Cannot append to ${where}: ${kafkaErrorName(kafkaCode)}, ${reason}`, {
    topic: partition.topic.name,
    partition: partition.index,
    kafkaCode,
  })
}
