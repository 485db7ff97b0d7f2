import { assert } from '../../base/assert.ts'
import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import { type Subscription, type SubscriptionKey, subscriptionInstruction } from '../../model/subscription.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import type { KeyValueStore } from '../../state/key-value-store.ts'

/** The store of subscriptions, by both keys. */
export type SubscriptionStore = KeyValueStore<SubscriptionKey, Subscription>

/** Opens the store of subscriptions. */
export function subscriptionStore(context: NodeContext, name: string): SubscriptionStore {
  const store = context.store<SubscriptionStore | null>(name)
  assert(store !== null, `Operator "${context.nodeName}" may write to its store "${name}"`)
  return store
}

/**
 * Keeps the subscriptions that come in, or forgets them, and passes them on with both keys (P§4.5). One without a foreign key is passed on
 * if it asks for an answer in any case, else dropped; it is never kept.
 */
export function subscriptionReceiveOperator({ store: name }: { readonly store: string }): ProcessorFactory {
  return (context) => {
    const store = subscriptionStore(context, name)
    return {
      process(record: StreamRecord<unknown, Subscription>) {
        const { key: foreignKey, value: subscription } = record
        const { instruction, primaryKey } = subscription
        if (foreignKey === null && instruction !== subscriptionInstruction.alwaysAnswer) {
          context.dropped('null foreign key')
          return
        }
        const key: SubscriptionKey = { foreignKey, primaryKey }
        if (foreignKey !== null) {
          const isDeleted =
            instruction === subscriptionInstruction.deleteAndAnswer || instruction === subscriptionInstruction.deleteSilently
          store.put(key, isDeleted ? null : subscription)
        }
        context.forward(streamRecord(key, subscription, record.timestamp, copied(headersOrNull(record))))
      },
    }
  }
}
