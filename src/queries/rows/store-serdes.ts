import { recordHeaders } from '../../record/record-headers.ts'
import type { SerdeContext } from '../../serdes/serde.ts'
import { serdeTopicOf, type StoreDefinition } from '../../state/store-definition.ts'

/** Keys and values of a store to and from the bytes that go from one instance to another: with the serdes of the store. */
export class StoreSerdes {
  readonly #definition: StoreDefinition
  readonly #keyContext: SerdeContext
  readonly #valueContext: SerdeContext

  constructor(definition: StoreDefinition, applicationId: string) {
    this.#definition = definition
    const context = { topic: serdeTopicOf(definition, applicationId), headers: recordHeaders(), role: 'changelog' } as const
    this.#keyContext = { ...context, isKey: true }
    this.#valueContext = { ...context, isKey: false }
  }

  writeKey(key: unknown): Uint8Array {
    return this.#definition.key.serialize(key, this.#keyContext)
  }

  readKey(bytes: Uint8Array): unknown {
    return this.#definition.key.deserialize(bytes, this.#keyContext)
  }

  writeValue(value: unknown): Uint8Array {
    return this.#definition.value.serialize(value, this.#valueContext)
  }

  readValue(bytes: Uint8Array): unknown {
    return this.#definition.value.deserialize(bytes, this.#valueContext)
  }
}
