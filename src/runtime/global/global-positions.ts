import type { TopicPartition } from '../../protocol/topic-partition.ts'
import { serdes } from '../../serdes/serdes.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { KeyValueStore } from '../../state/key-value-store.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { TaskState } from '../../state/task-state.ts'

/**
 * Where the positions of global topics are kept: a store beside the global stores, so that they are applied in one batch with the rows. Its
 * name has spaces, which no name of a user's store may have.
 */
export const positionsStore: StoreDefinition = Object.freeze({
  name: 'positions of global topics',
  kind: 'key-value',
  format: 'plain',
  key: serdes.string as Serde<unknown>,
  value: serdes.int64 as Serde<unknown>,
  caching: false,
  changelog: null,
  supplier: 'persistent',
  engine: 'memory',
})

/** The offset from which each partition of the global topics is to be read on. */
export class GlobalPositions {
  readonly #rows: KeyValueStore<string, number>

  constructor(state: TaskState) {
    this.#rows = state.store(positionsStore.name) as KeyValueStore<string, number>
  }

  /** `null`: the partition was never read. */
  get(at: TopicPartition): number | null {
    return this.#rows.get(keyOf(at))
  }

  /** `null` forgets the position. */
  set(at: TopicPartition, offset: number | null): void {
    this.#rows.put(keyOf(at), offset)
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`
}
