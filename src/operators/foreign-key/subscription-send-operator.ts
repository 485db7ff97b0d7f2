import type { Change } from '../../model/change.ts'
import { copied, headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import { type Subscription, type SubscriptionInstruction, subscriptionInstruction } from '../../model/subscription.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import type { Serializer } from '../../serdes/serde.ts'
import { checkResult } from '../check-result.ts'
import { hashOf, PartBytes } from './part-bytes.ts'

const { deleteSilently, deleteAndAnswer, alwaysAnswer, answerIfPresent } = subscriptionInstruction

/** Parameters of `subscriptionSendOperator`. */
export interface SubscriptionSendParameters {
  /** The key of the other table in a row; `null`: there is none. */
  readonly foreignKey: (value: unknown, key: unknown) => unknown
  readonly isLeft: boolean
  /** Whether updates that a later version outdates are dropped: the table keeps versions. */
  readonly dropsOutdated: () => boolean
  readonly foreignKeySerde: Serializer<unknown>
  readonly valueSerde: Serializer<unknown>
  /** Without the application id: the names that the two serdes are told. */
  readonly foreignKeyTopic: string
  readonly valueHashTopic: string
}

/**
 * The left side of a foreign-key join: sends each change of a row as a subscription to where the row with its foreign key is, and takes
 * the old subscription back when the foreign key has changed (P§4.5). An inner join says as little as it can; a left join always asks for
 * an answer. A row without a foreign key is dropped from an inner join.
 */
export function subscriptionSendOperator(parameters: SubscriptionSendParameters): ProcessorFactory {
  return (context) => new SubscriptionSend(context, parameters)
}

type ChangeRecord = StreamRecord<unknown, Change<unknown>>

class SubscriptionSend {
  readonly #context: NodeContext
  readonly #parameters: SubscriptionSendParameters
  readonly #partition: number
  readonly #newKeyBytes: PartBytes
  readonly #oldKeyBytes: PartBytes
  readonly #valueBytes: PartBytes
  readonly #dropsOutdated: boolean
  /** That of the record in hand, once it is known. */
  #hash: Buffer | null | undefined

  constructor(context: NodeContext, parameters: SubscriptionSendParameters) {
    const { foreignKeySerde, foreignKeyTopic, valueSerde, valueHashTopic } = parameters
    const { applicationId } = context
    this.#context = context
    this.#parameters = parameters
    this.#dropsOutdated = parameters.dropsOutdated()
    // All inputs of a task have its partition, and so has the left table.
    this.#partition = Number(context.taskId.slice(context.taskId.indexOf('_') + 1))
    this.#newKeyBytes = new PartBytes(foreignKeySerde, `${applicationId}-${foreignKeyTopic}`, true)
    this.#oldKeyBytes = new PartBytes(foreignKeySerde, `${applicationId}-${foreignKeyTopic}`, true)
    this.#valueBytes = new PartBytes(valueSerde, `${applicationId}-${valueHashTopic}`, false)
  }

  process(record: ChangeRecord): void {
    if (this.#dropsOutdated && !record.value.isLatest) {
      this.#context.dropped('a later version of its row is known')
      return
    }
    this.#hash = undefined
    const { oldValue, newValue } = record.value
    if (this.#parameters.isLeft) this.#sendLeft(record, oldValue, newValue)
    else this.#sendInner(record, oldValue, newValue)
  }

  #sendLeft(record: ChangeRecord, oldValue: unknown, newValue: unknown): void {
    if (oldValue === null && newValue === null) return
    const oldKey = this.#foreignKeyOf(record, oldValue)
    const newKey = this.#foreignKeyOf(record, newValue)
    if (oldKey !== null && this.#differ(record, oldKey, newKey)) this.#send(record, oldKey, deleteSilently)
    this.#send(record, newKey, alwaysAnswer)
  }

  #sendInner(record: ChangeRecord, oldValue: unknown, newValue: unknown): void {
    const oldKey = this.#foreignKeyOf(record, oldValue)
    if (newValue === null) {
      if (oldKey !== null) this.#send(record, oldKey, deleteAndAnswer)
      return
    }
    const newKey = this.#foreignKeyOf(record, newValue)
    if (newKey === null) {
      this.#context.dropped('null foreign key')
      if (oldKey !== null) this.#send(record, oldKey, deleteAndAnswer)
    } else if (oldKey !== null && this.#differ(record, oldKey, newKey)) {
      this.#send(record, oldKey, deleteSilently)
      this.#send(record, newKey, alwaysAnswer)
    } else {
      this.#send(record, newKey, answerIfPresent)
    }
  }

  #foreignKeyOf(record: ChangeRecord, value: unknown): unknown {
    if (value === null) return null
    return checkResult(this.#parameters.foreignKey(value, record.key), 'the foreign key of join()')
  }

  #differ({ headers }: ChangeRecord, oldKey: unknown, newKey: unknown): boolean {
    if (newKey === null) return true
    const before = this.#oldKeyBytes.write(oldKey, headers)
    const after = this.#newKeyBytes.write(newKey, headers)
    return before.buffer.compare(after.buffer, 0, after.position, 0, before.position) !== 0
  }

  #send(record: ChangeRecord, foreignKey: unknown, instruction: SubscriptionInstruction): void {
    const { newValue } = record.value
    this.#hash ??= newValue === null ? null : hashOf(this.#valueBytes, newValue, record.headers)
    const subscription: Subscription = {
      version: 1,
      instruction,
      hash: this.#hash,
      primaryKey: record.key,
      primaryPartition: this.#partition,
    }
    this.#context.forward(streamRecord(foreignKey, subscription, record.timestamp, copied(headersOrNull(record))))
  }
}
