import type { RecordHeaders } from '../../record/record-headers.ts'
import type { SerdeContext } from '../serde.ts'

/**
 * What the serde of a part of a message sees: the headers of the message, but a topic name of its own, so that a serde which keeps
 * schemas by topic tells the parts apart (P§2.10 "pseudo topics"). One object, used again for each message.
 */
export class PartContext implements SerdeContext {
  readonly isKey: boolean
  readonly #topicOf: (topic: string) => string
  #topic = ''
  #outerTopic: string | null = null
  #outer: SerdeContext | null = null

  /** `topicOf`: the name for the part, from the name of the topic that the whole is written to. */
  constructor(isKey: boolean, topicOf: (topic: string) => string) {
    this.isKey = isKey
    this.#topicOf = topicOf
  }

  /** The context of the part within `outer`. */
  within(outer: SerdeContext): this {
    if (this.#outerTopic !== outer.topic) {
      this.#outerTopic = outer.topic
      this.#topic = this.#topicOf(outer.topic)
    }
    this.#outer = outer
    return this
  }

  get topic(): string {
    return this.#topic
  }

  get headers(): RecordHeaders {
    return this.#outer!.headers
  }

  get role(): SerdeContext['role'] {
    return this.#outer!.role
  }
}
