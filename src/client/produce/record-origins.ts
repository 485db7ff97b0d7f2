import type { OutgoingRecord } from '../outgoing-record.ts'

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
