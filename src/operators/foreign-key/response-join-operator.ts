import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import type { SubscriptionResponse } from '../../model/subscription.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { Serializer } from '../../serdes/serde.ts'
import { checkResult } from '../check-result.ts'
import type { TableViewSource } from '../table-view.ts'
import { hashOf, PartBytes } from './part-bytes.ts'

/** Parameters of `responseJoinOperator`. */
export interface ResponseJoinParameters {
  /** The left table. */
  readonly table: TableViewSource
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  readonly isLeft: boolean
  readonly valueSerde: Serializer<unknown>
  /** Without the application id: the name that the serde is told. */
  readonly valueHashTopic: string
}

/**
 * Joins the answers of the other side with the left rows (P§4.5). An answer to a left value that has changed since is dropped: another one
 * is on its way.
 */
export function responseJoinOperator(parameters: ResponseJoinParameters): ProcessorFactory {
  const { table, joiner, isLeft, valueSerde, valueHashTopic } = parameters
  return (context) => {
    const view = table.open(context)
    const valueBytes = new PartBytes(valueSerde, `${context.applicationId}-${valueHashTopic}`, false)
    const isCurrent = (hash: Buffer | null, left: unknown, { headers }: StreamRecord<unknown, unknown>): boolean =>
      hash === null || left === null ? hash === null && left === null : hash.equals(hashOf(valueBytes, left, headers))
    return {
      process(record: StreamRecord<unknown, SubscriptionResponse>) {
        const { key, value: response, timestamp } = record
        const left = view.get(key)
        if (!isCurrent(response.hash, left, record)) {
          context.dropped('its row has changed since the answer was asked for', 'debug')
          return
        }
        const { foreignValue } = response
        const isEmpty = foreignValue === null && (!isLeft || left === null)
        const joined = isEmpty ? null : checkResult(joiner(left, foreignValue, key), 'the joiner of join()')
        context.forward(streamRecord(key, joined, timestamp, copied(headersOrNull(record))))
      },
    }
  }
}
