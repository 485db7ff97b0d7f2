import type { TopicPartition } from '../../protocol/topic-partition.ts'
import { serdes } from '../../serdes/serdes.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { KeyValueStore } from '../../state/key-value-store.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { isLru } from '../../state/store-spec.ts'
import type { TaskState } from '../../state/task-state.ts'

/**
 * Where the positions of the topic of a global store are kept: a store beside it, on the same engine, so that they are applied in one batch
 * with the rows. Its name has a space, which no name of a user's store may have.
 */
export function positionsOf({ name, engine, supplier }: StoreDefinition): StoreDefinition {
  return Object.freeze({
    name: nameOf(name),
    kind: 'key-value',
    format: 'plain',
    key: serdes.string as Serde<unknown>,
    value: serdes.int64 as Serde<unknown>,
    caching: false,
    changelog: null,
    supplier: isLru(supplier) ? 'in-memory' : supplier,
    engine,
  })
}

function nameOf(store: string): string {
  return `positions of ${store}`
}

/** The offset from which each partition of the global topics is to be read on. */
export class GlobalPositions {
  readonly #state: TaskState

  constructor(state: TaskState) {
    this.#state = state
  }

  /** `null`: the partition was never read for `store`. */
  get(store: string, at: TopicPartition): number | null {
    return this.#rows(store).get(keyOf(at))
  }

  /** `null` forgets the position. */
  set(store: string, at: TopicPartition, offset: number | null): void {
    this.#rows(store).put(keyOf(at), offset)
  }

  #rows(store: string): KeyValueStore<string, number> {
    return this.#state.store(nameOf(store)) as KeyValueStore<string, number>
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`
}
