import type { SubscriptionResponse } from '../../model/subscription.ts'
import type { FastSerde } from '../fast-serde.ts'
import { invalidBytes } from '../invalid-value.ts'
import { HASH_BYTES, NO_HASH } from './subscription-serde.ts'

/** Answers to subscriptions: version and flag, hash, the other row's value or nothing (P§4.5). The partition is not written. */
export function subscriptionResponseSerde<V>(foreignValue: FastSerde<V>): FastSerde<SubscriptionResponse> {
  return {
    read: (bytes, start, end, context) => {
      const first = bytes[start] ?? NO_HASH
      if ((first & ~NO_HASH) !== 0) throw invalidBytes('an answer to a subscription', `version ${first & ~NO_HASH}`, 'version 0')
      const valueStart = start + 1 + ((first & NO_HASH) === 0 ? HASH_BYTES : 0)
      if (valueStart > end) throw invalidBytes('an answer to a subscription', `${end - start} bytes`, `at least ${valueStart - start}`)
      return {
        hash: valueStart === start + 1 ? null : Buffer.from(bytes.subarray(start + 1, valueStart)),
        foreignValue: valueStart === end ? null : foreignValue.read(bytes, valueStart, end, context),
        primaryPartition: null,
      }
    },
    nullable: false,
    write: ({ hash, foreignValue: value }, out, context) => {
      out.uint8(hash === null ? NO_HASH : 0)
      if (hash !== null) out.bytes(hash)
      if (value !== null) foreignValue.write(value as V, out, context)
    },
    windowBytes: 0,
    immutable: false,
    identity: null,
    estimate: null,
  }
}
