import type { BytesWriter } from '../../base/bytes-writer.ts'
import type { SubscriptionKey } from '../../model/subscription.ts'
import { builtInSerde, type FastSerde } from '../fast-serde.ts'
import { invalidBytes } from '../invalid-value.ts'
import type { Serde, SerdeContext } from '../serde.ts'
import { PartContext } from './part-context.ts'

const LENGTH_BYTES = 4

/** The two keys in the key of a kept subscription, each with the topic name that its serde is told. */
export interface SubscriptionKeyParts<KO, K> {
  readonly foreignKey: FastSerde<KO>
  readonly foreignKeyTopicOf: (topic: string) => string
  readonly primaryKey: FastSerde<K>
  readonly primaryKeyTopicOf: (topic: string) => string
}

/** Keys of kept subscriptions, and the prefix that those of one foreign key share. */
export interface SubscriptionKeySerdes<KO> {
  readonly whole: FastSerde<SubscriptionKey>
  readonly prefix: Serde<KO>
}

/** Keys of kept subscriptions: int32 length of the foreign key, its bytes, the primary key (P§6.6). */
export function subscriptionKeySerdes<KO, K>(parts: SubscriptionKeyParts<KO, K>): SubscriptionKeySerdes<KO> {
  const { foreignKey, primaryKey } = parts
  const foreignPart = new PartContext(true, parts.foreignKeyTopicOf)
  const primaryPart = new PartContext(true, parts.primaryKeyTopicOf)
  const writePrefix = (key: KO, out: BytesWriter, context: SerdeContext): void => {
    const lengthAt = out.position
    out.int32(0)
    foreignKey.write(key, out, foreignPart.within(context))
    out.buffer.writeInt32BE(out.position - lengthAt - LENGTH_BYTES, lengthAt)
  }
  const rest = { nullable: false, windowBytes: 0, immutable: false, identity: null, estimate: null }
  const prefix: FastSerde<KO> = {
    ...rest,
    read: (bytes, start, end, context) => foreignKey.read(bytes, start + LENGTH_BYTES, end, foreignPart.within(context)),
    write: writePrefix,
  }
  const whole: FastSerde<SubscriptionKey> = {
    ...rest,
    read: (bytes, start, end, context) => {
      const length = end - start < LENGTH_BYTES ? -1 : bytes.readInt32BE(start)
      const split = start + LENGTH_BYTES + length
      if (length < 0 || split > end) {
        throw invalidBytes('the key of a subscription', `a foreign key of ${length} bytes`, `at most ${end - start - LENGTH_BYTES}`)
      }
      return {
        foreignKey: foreignKey.read(bytes, start + LENGTH_BYTES, split, foreignPart.within(context)),
        primaryKey: primaryKey.read(bytes, split, end, primaryPart.within(context)),
      }
    },
    write: (key, out, context) => {
      writePrefix(key.foreignKey as KO, out, context)
      primaryKey.write(key.primaryKey as K, out, primaryPart.within(context))
    },
  }
  return { whole, prefix: builtInSerde(prefix) }
}
