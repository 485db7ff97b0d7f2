import type { Change } from '../../model/change.ts'
import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import type { SubscriptionResponse } from '../../model/subscription.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { Serde } from '../../serdes/serde.ts'
import { subscriptionStore } from './subscription-receive-operator.ts'

/** Parameters of `foreignTableOperator`. */
export interface ForeignTableParameters {
  /** The store of subscriptions. */
  readonly store: string
  /** Writes what the subscriptions of one foreign key begin with. */
  readonly prefix: Serde<unknown>
  /** Whether updates that a later version outdates are dropped: the table keeps versions. */
  readonly dropsOutdated: () => boolean
}

/** The right side of a foreign-key join: tells each subscriber of a row that it has changed (P§4.5). */
export function foreignTableOperator({ store: name, prefix, dropsOutdated }: ForeignTableParameters): ProcessorFactory {
  return (context) => {
    const store = subscriptionStore(context, name)
    const isVersioned = dropsOutdated()
    return {
      process(record: StreamRecord<unknown, Change<unknown>>) {
        const { key: foreignKey, value: change, timestamp } = record
        if (foreignKey === null) {
          context.dropped('null key')
          return
        }
        if (isVersioned && !change.isLatest) {
          context.dropped('a later version of its row is known')
          return
        }
        for (const [{ primaryKey }, { hash, primaryPartition }] of store.prefixScan(foreignKey, prefix)) {
          const response: SubscriptionResponse = { hash, foreignValue: change.newValue, primaryPartition }
          context.forward(streamRecord(primaryKey, response, timestamp, copied(headersOrNull(record))))
        }
      },
    }
  }
}
