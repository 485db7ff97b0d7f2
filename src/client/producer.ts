import type { ClusterError } from '../base/errors.ts'
import type { BatchView } from '../record/batch-view.ts'
import type { Compression } from '../record/compression.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import type { Client } from './client.ts'
import type { GroupMetadata } from './group-metadata.ts'
import type { OffsetToCommit } from './offset-to-commit.ts'

/** How a producer writes. */
export interface ProducerOptions {
  /** `null`: idempotent, without transactions. */
  readonly transactionalId: string | null
  /** `transaction.timeout.ms`, 10000 under Streams. */
  readonly transactionTimeoutMs: number
  /** `linger.ms`, 100 under Streams. */
  readonly lingerMs: number
  /** `batch.size`: a batch is sealed before it passes this, unless one record alone does. */
  readonly batchBytesMax: number
  /** `buffer.memory`, 32 MiB. `append` still takes records beyond it; the caller stops at `isFull`. */
  readonly bufferBytesMax: number
  /** `max.request.size`, 1 MiB: the limit of a record and, as far as one batch allows, of a request. */
  readonly requestBytesMax: number
  /** `delivery.timeout.ms`. `Infinity` is allowed. */
  readonly deliveryTimeoutMs: number
  readonly compression: Compression
  /** `max.in.flight.requests.per.connection`, 1 to 5. */
  readonly maxInFlight: number
  /** Decides on a batch that failed for good. Called outside of `append`. Under a transactional id the transaction is lost whatever it says. */
  readonly onFailedBatch: (failure: FailedBatch) => 'fail' | 'skip' | 'retry'
}

/** ONE mutable object, reused by the caller for every record. */
export interface OutgoingRecord {
  timestamp: number
  bytes: Buffer
  /** -1 with `keyEnd` -1: no key. */
  keyStart: number
  keyEnd: number
  /** -1 with `valueEnd` -1: no value. */
  valueStart: number
  valueEnd: number
  headers: RecordHeaders | null
  /** Kept per record while the batch is open or in flight; given back in `FailedBatch`. */
  node: number
  sourcePartition: number
  sourceOffset: number
}

/** Where records go: looked up once by `producer.target`, kept by the caller. Opaque. */
export interface ProducerTarget {
  readonly topic: string
  readonly partition: number
}

/** A batch that will not be written. Record n of `batch` came from `nodes[n]`, `sourcePartitions[n]`, `sourceOffsets[n]`. */
export interface FailedBatch {
  readonly topic: string
  readonly partition: number
  readonly error: ClusterError
  readonly recordCount: number
  readonly batch: BatchView
  readonly nodes: Int32Array
  readonly sourcePartitions: Int32Array
  readonly sourceOffsets: Float64Array
}

export declare class Producer {
  constructor(client: Client, options: ProducerOptions)
  target(topic: string, partition: number): ProducerTarget
  /** Copies the record into the open batch; returns `bufferedBytes`. Throws RECORD_TOO_LARGE (nothing was appended) or the error that ended the transaction or the producer. */
  append(target: ProducerTarget, record: OutgoingRecord): number
  get bufferedBytes(): number
  get isFull(): boolean
  /** Resolves when `isFull` is false. Rejects with the fatal error. */
  whenWritable(): Promise<void>
  /** Resolves when everything appended before is acknowledged (or was skipped); rejects with the first failure. */
  flush(): Promise<void>
  /** Highest acknowledged offset since start, -1 none. */
  acknowledgedOffset(target: ProducerTarget): number
  initTransactions(): Promise<void>
  readonly hasTransaction: boolean
  commitTransaction(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void>
  abortTransaction(): Promise<void>
  /** Without `timeoutMs` waits for what is in flight; 0 drops it. Does not end a transaction: the coordinator does. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
