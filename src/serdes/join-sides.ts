import { readInt64, writeInt64 } from '../base/int64.ts'
import type { JoinSideKey, JoinSideValue } from '../model/join-side.ts'
import { builtInSerde, fastSerdeOf } from './fast-serde.ts'
import { invalidBytes } from './invalid-value.ts'
import type { Serde } from './serde.ts'

const TIMESTAMP_BYTES = 8
const SIDE_BYTES = 1
const LEFT = 1
const RIGHT = 0

/** Keys of records that wait for a partner: int64 timestamp, a byte for the side (1 left, 0 right), the key (P§6.6). */
export function joinSideKeySerde(key: Serde<unknown>): Serde<JoinSideKey> {
  const inner = fastSerdeOf(key)
  const serde = builtInSerde<JoinSideKey>({
    read: (bytes, start, end, context) => {
      const keyStart = start + TIMESTAMP_BYTES + SIDE_BYTES
      if (keyStart > end) throw invalidBytes('the key of a join', `${end - start} bytes`, `at least ${keyStart - start}`)
      return {
        timestamp: readInt64(bytes, start),
        isLeft: bytes[start + TIMESTAMP_BYTES] === LEFT,
        key: inner.read(bytes, keyStart, end, context),
      }
    },
    write: ({ timestamp, isLeft, key: innerKey }, out, context) => {
      out.ensure(TIMESTAMP_BYTES + SIDE_BYTES)
      writeInt64(out.buffer, out.position, timestamp)
      out.buffer[out.position + TIMESTAMP_BYTES] = isLeft ? LEFT : RIGHT
      out.position += TIMESTAMP_BYTES + SIDE_BYTES
      inner.write(innerKey, out, context)
    },
    nullable: false,
    windowBytes: 0,
    // The same object may be written again with other contents.
    immutable: false,
    identity: null,
    estimate: null,
  })
  return key.prepare === undefined ? serde : Object.freeze({ ...serde, prepare: key.prepare })
}

/** Values of records that wait for a partner: a byte for the side (1 left, 0 right), the value by the serde of that side (P§6.6). */
export function joinSideValueSerde(left: Serde<unknown>, right: Serde<unknown>): Serde<JoinSideValue> {
  const leftValue = fastSerdeOf(left)
  const rightValue = fastSerdeOf(right)
  const whole = builtInSerde<JoinSideValue>({
    read: (bytes, start, end, context) => {
      if (start === end) throw invalidBytes('a value of a join', '0 bytes', 'at least 1')
      const isLeft = bytes[start] === LEFT
      const serde = isLeft ? leftValue : rightValue
      return { isLeft, value: serde.read(bytes, start + SIDE_BYTES, end, context) }
    },
    write: ({ isLeft, value }, out, context) => {
      out.uint8(isLeft ? LEFT : RIGHT)
      const serde = isLeft ? leftValue : rightValue
      serde.write(value, out, context)
    },
    nullable: false,
    windowBytes: 0,
    immutable: false,
    identity: null,
    estimate: null,
  })
  if (left.prepare === undefined && right.prepare === undefined) return whole
  const prepare = async (topic: string, isKey: boolean): Promise<void> => {
    await left.prepare?.(topic, isKey)
    await right.prepare?.(topic, isKey)
  }
  return Object.freeze({ ...whole, prepare })
}
