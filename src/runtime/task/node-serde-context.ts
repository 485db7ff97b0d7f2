import type { RecordHeaders } from '../../record/record-headers.ts'
import type { SerdeContext } from '../../serdes/serde.ts'
import type { RecordHolder } from './record-scope.ts'

/** The serde context of one side of a source or sink: made once, and shows the headers of whatever record `holder` stands for. */
export class NodeSerdeContext implements SerdeContext {
  topic: string
  readonly isKey: boolean
  readonly role: SerdeContext['role']
  readonly #holder: RecordHolder

  constructor(topic: string, isKey: boolean, role: SerdeContext['role'], holder: RecordHolder) {
    this.topic = topic
    this.isKey = isKey
    this.role = role
    this.#holder = holder
  }

  get headers(): RecordHeaders {
    return this.#holder.headers
  }
}
