import type { RecordHeaders } from '../../record/record-headers.ts'
import type { SerdeContext } from '../../serdes/serde.ts'
import type { HeadersHolder } from './record-scope.ts'

/** The serde context of one side of a source or sink: made once, pointed at each record. */
export class NodeSerdeContext implements SerdeContext {
  topic: string
  readonly isKey: boolean
  readonly role: SerdeContext['role']
  /** The record in hand. */
  holder: HeadersHolder

  constructor(topic: string, isKey: boolean, role: SerdeContext['role'], holder: HeadersHolder) {
    this.topic = topic
    this.isKey = isKey
    this.role = role
    this.holder = holder
  }

  get headers(): RecordHeaders {
    return this.holder.headers
  }
}
