import { type Subscription, type SubscriptionInstruction, subscriptionInstruction } from '../../model/subscription.ts'
import type { FastSerde } from '../fast-serde.ts'
import { invalidBytes } from '../invalid-value.ts'
import { PartContext } from './part-context.ts'

/** Bytes of a hash. */
export const HASH_BYTES = 16
/** Set in the first byte where there is no hash. */
export const NO_HASH = 0x80
const VERSION_MASK = 0x7f
const PARTITION_BYTES = 4
const LAST_INSTRUCTION = subscriptionInstruction.answerIfPresent

/** How the primary key in a subscription is written, and in which version. */
export interface SubscriptionForm {
  /** The topic name that the serde of the primary key is told, from that of the topic or changelog. */
  readonly topicOf: (topic: string) => string
  /** Writes version 0, which has no partition, for instances of an older version (`upgrade.from` 2.4 to 3.3). */
  readonly writesVersion0: boolean
}

/** Subscriptions: version and flag, instruction, hash, primary key, partition (P§4.5). A subscription of version 0 stays one when it is written. */
export function subscriptionSerde<K>(primaryKey: FastSerde<K>, { topicOf, writesVersion0 }: SubscriptionForm): FastSerde<Subscription> {
  const part = new PartContext(true, topicOf)
  return {
    read: (bytes, start, end, context) => {
      const version = bytes[start]! & VERSION_MASK
      const instruction = bytes[start + 1] ?? -1
      if (version > 1) throw invalidBytes('a subscription', `version ${version}`, 'version 0 or 1')
      if (instruction < 0 || instruction > LAST_INSTRUCTION) throw invalidBytes('a subscription', `instruction ${instruction}`, '0 to 3')
      const hashEnd = start + 2 + ((bytes[start]! & NO_HASH) === 0 ? HASH_BYTES : 0)
      const keyEnd = version === 0 ? end : end - PARTITION_BYTES
      if (keyEnd < hashEnd) throw invalidBytes('a subscription', `${end - start} bytes`, `at least ${hashEnd - start + end - keyEnd}`)
      return {
        version: version as 0 | 1,
        instruction: instruction as SubscriptionInstruction,
        hash: hashEnd === start + 2 ? null : Buffer.from(bytes.subarray(start + 2, hashEnd)),
        primaryKey: primaryKey.read(bytes, hashEnd, keyEnd, part.within(context)),
        primaryPartition: version === 0 ? null : bytes.readInt32BE(keyEnd),
      }
    },
    nullable: false,
    write: (subscription, out, context) => {
      const { hash, primaryPartition } = subscription
      const version = writesVersion0 || primaryPartition === null ? 0 : subscription.version
      out.uint8(version | (hash === null ? NO_HASH : 0))
      out.uint8(subscription.instruction)
      if (hash !== null) out.bytes(hash)
      primaryKey.write(subscription.primaryKey as K, out, part.within(context))
      if (version > 0) out.int32(primaryPartition!)
    },
    windowBytes: 0,
    immutable: false,
    identity: null,
    estimate: null,
  }
}
