import type { BatchBuilder } from '../../record/batch-builder.ts'
import type { OutgoingRecord } from '../producer.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { TargetState } from './target-state.ts'

/** Where the records of a batch came from, record by record. */
export class RecordOrigins {
  nodes: Int32Array
  sourcePartitions: Int32Array
  sourceOffsets: Float64Array
  count = 0

  constructor(capacity = 64) {
    this.nodes = new Int32Array(capacity)
    this.sourcePartitions = new Int32Array(capacity)
    this.sourceOffsets = new Float64Array(capacity)
  }

  add(record: OutgoingRecord): void {
    const index = this.count
    if (index === this.nodes.length) this.#grow()
    this.nodes[index] = record.node
    this.sourcePartitions[index] = record.sourcePartition
    this.sourceOffsets[index] = record.sourceOffset
    this.count = index + 1
  }

  /** Copies record `index` of `other`. */
  addFrom(other: RecordOrigins, index: number): void {
    if (this.count === this.nodes.length) this.#grow()
    this.nodes[this.count] = other.nodes[index]!
    this.sourcePartitions[this.count] = other.sourcePartitions[index]!
    this.sourceOffsets[this.count] = other.sourceOffsets[index]!
    this.count++
  }

  #grow(): void {
    const capacity = this.nodes.length * 2
    const { nodes, sourcePartitions, sourceOffsets } = this
    this.nodes = new Int32Array(capacity)
    this.nodes.set(nodes)
    this.sourcePartitions = new Int32Array(capacity)
    this.sourcePartitions.set(sourcePartitions)
    this.sourceOffsets = new Float64Array(capacity)
    this.sourceOffsets.set(sourceOffsets)
  }
}

/** Records of one partition on their way: open, then waiting, then in flight, perhaps waiting again. */
export class ProducerBatch {
  readonly target: TargetState
  readonly origins: RecordOrigins
  /** Monotonic; the delivery time-out counts from it. */
  createdAtMs: number
  /** Holds the records until the batch is sealed. */
  builder: BatchBuilder | null
  /** The sealed batch. Belongs to the transport once it was sent, so it is replaced, never changed. */
  bytes: Buffer | null = null
  /** Under which producer id and epoch its sequences count; `null` until it is sealed. */
  identity: ProducerIdentity | null = null
  /** -1: none yet. */
  baseSequence = -1
  /** What it counts for in `bufferedBytes`. */
  bufferedBytes = 0
  isInFlight = false
  /** Whether a request with it left, so that the broker may have it. */
  wasSent = false
  isDone = false

  constructor(target: TargetState, builder: BatchBuilder, origins: RecordOrigins, createdAtMs: number) {
    this.target = target
    this.builder = builder
    this.origins = origins
    this.createdAtMs = createdAtMs
  }

  get recordCount(): number {
    return this.origins.count
  }

  /** Bytes in a request; before it is sealed, those without compression. */
  get size(): number {
    return this.bytes?.length ?? this.builder?.size ?? 0
  }

  get lastSequence(): number {
    return addSequence(this.baseSequence, this.recordCount - 1)
  }
}

/** Sequences wrap around at int32 max (N§3.5). */
export function addSequence(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31
}
