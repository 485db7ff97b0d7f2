import { BatchBuilder } from './batch-builder.ts'
import { CONTROL_TYPES } from './control-record.ts'

/** The end of a transaction in one partition. */
export interface Marker {
  readonly kind: 'abort' | 'commit'
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  /** Default 0; set again when the batch is appended. */
  readonly baseOffset?: number | undefined
  /** Default -1. */
  readonly partitionLeaderEpoch?: number | undefined
}

const KEY_BYTES = 4
const VALUE_BYTES = 6

/** The batch that a transaction coordinator has written to end a transaction: one control record, which takes one offset (N§3.6). */
export function buildMarker(marker: Marker): Buffer {
  const bytes = Buffer.alloc(KEY_BYTES + VALUE_BYTES)
  bytes.writeInt16BE(CONTROL_TYPES[marker.kind], 2)
  bytes.writeInt32BE(marker.coordinatorEpoch, KEY_BYTES + 2)
  const builder = new BatchBuilder(128)
  builder.append({
    timestamp: marker.timestamp,
    bytes,
    keyStart: 0,
    keyEnd: KEY_BYTES,
    valueStart: KEY_BYTES,
    valueEnd: bytes.length,
    headers: null,
  })
  return builder.seal({
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    isTransactional: true,
    isControl: true,
    baseOffset: marker.baseOffset,
    partitionLeaderEpoch: marker.partitionLeaderEpoch,
  })
}
