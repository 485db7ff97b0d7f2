import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import { type Subscription, type SubscriptionKey, type SubscriptionResponse, subscriptionInstruction } from '../../model/subscription.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { TableViewSource } from '../table-view.ts'

/** Parameters of `subscriptionJoinOperator`. */
export interface SubscriptionJoinParameters {
  /** The table that holds the rows with the foreign keys. */
  readonly foreignTable: TableViewSource
}

const { deleteSilently, deleteAndAnswer, answerIfPresent } = subscriptionInstruction

/** Answers a subscription with the row of its foreign key as it is now, as the subscription asks (P§4.5). */
export function subscriptionJoinOperator({ foreignTable }: SubscriptionJoinParameters): ProcessorFactory {
  return (context) => {
    const view = foreignTable.open(context)
    return {
      process(record: StreamRecord<SubscriptionKey, Subscription>) {
        const { instruction, hash, primaryPartition } = record.value
        const { foreignKey, primaryKey } = record.key
        const found = foreignKey === null ? null : view.get(foreignKey)
        if (instruction === deleteSilently || (instruction === answerIfPresent && found === null)) return
        const timestamp = found === null ? record.timestamp : Math.max(record.timestamp, view.foundTimestamp)
        const foreignValue = instruction === deleteAndAnswer ? null : found
        const response: SubscriptionResponse = { hash, foreignValue, primaryPartition }
        context.forward(streamRecord(primaryKey, response, timestamp, copied(headersOrNull(record))))
      },
    }
  }
}
