import type { OutgoingRecord } from '../../../src/client/outgoing-record.ts'

/** A record to be filled in. */
export function outgoingRecord(): OutgoingRecord {
  return {
    timestamp: 0,
    bytes: Buffer.alloc(4_096),
    keyStart: 0,
    keyEnd: 0,
    valueStart: 0,
    valueEnd: 0,
    headers: null,
    node: 0,
    sourcePartition: 0,
    sourceOffset: 0,
  }
}
