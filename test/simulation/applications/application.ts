import type { Prng } from '../../../src/base/prng.ts'
import type { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import type { TestConfig } from '../../../src/testing/test-instance.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import type { Guarantee, Problems } from '../checks/observed.ts'

/** The group, and the prefix of internal topics. */
export const APPLICATION_ID = 'simulated'

/** What a scenario says about its application. */
export interface ApplicationOptions {
  readonly partitions: number
  readonly guarantee: Guarantee
  /** Draws what the inputs are. */
  readonly random: Prng
}

/** An application that is simulated: its topology, its inputs, and what its outputs must be. */
export interface SimulatedApplication {
  /** Input and output topics with their partition counts. */
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[]
  /** Stores of which the final state is compared with the changelogs. */
  readonly stores: readonly SimulatedStore[]
  /** What it needs beside what is drawn. */
  readonly config?: Partial<TestConfig>
  topology(): StreamsBuilder
  /** Writes some input, and remembers it. */
  feed(cluster: TestCluster): void
  /** Compares the outputs of a finished run, which are read read_committed, with what the inputs must give. */
  checkOutputs(cluster: TestCluster): Problems
  /** What a store must hold in the end; `null`: not known exactly. */
  modelOf(store: string): StoreRows['model']
}

/** A store with what turns its rows into text. */
export interface SimulatedStore {
  readonly name: string
  /** Full name of its changelog. */
  readonly changelog: string
  /** Its rows with their keys as text, where it is no key-value store with keys that are texts. */
  rowsOf?(store: unknown): Iterable<readonly [string, unknown]>
  /** The text of a key as the changelog has it; default: it is a text. `value`: that of the record, where keys as they are shown need it. */
  showKey?(key: Buffer, value: Buffer | null): string
  /** The text of a row as processors see it; `null`: it counts as absent. */
  showRow(row: unknown): string | null
  /** The text of a row as the changelog has it; `null`: it counts as absent. */
  showRecord(value: Buffer, timestamp: number): string | null
}
