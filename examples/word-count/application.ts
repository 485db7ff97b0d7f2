import { createEnvironment, KafkaStreams } from 'millrace'
import type { EmbeddedCluster } from 'millrace/broker'
import { halt } from 'millrace/testing'
import { builder, counts, lines } from './topology.ts'

/** Group and transaction time-outs, short so that a killed instance is replaced while one watches. Production keeps the defaults. */
export const TIMEOUTS = {
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
  transactionTimeoutMs: 5_000,
  transactionScanIntervalMs: 1_000,
}

/** The `applicationId` of the example. */
export const APPLICATION_ID = 'word-count'

/** One instance of the application, which can be killed without warning. */
export class Instance {
  readonly name: string
  readonly #environment = createEnvironment()
  readonly #streams: KafkaStreams
  #isKilled = false

  constructor(name: string, cluster: EmbeddedCluster) {
    this.name = name
    this.#streams = new KafkaStreams(builder, {
      applicationId: APPLICATION_ID,
      cluster,
      environment: this.#environment,
      processingGuarantee: 'exactly_once_v2',
      producer: { transactionTimeoutMs: TIMEOUTS.transactionTimeoutMs },
      logger: false,
    })
  }

  get state(): string {
    return this.#isKilled ? 'killed' : this.#streams.state
  }

  start(): Promise<void> {
    return this.#streams.start()
  }

  /** What `kill -9` does to a process: nothing of the instance ever runs again, and nobody is told. */
  kill(): void {
    this.#isKilled = true
    halt(this.#environment)
  }

  /** Every word that this instance counts. */
  words(): Iterable<readonly [word: string, count: number]> {
    return this.#streams.localStore(counts).all()
  }

  async close(): Promise<void> {
    if (!this.#isKilled) await this.#streams.close()
  }
}

/** How many lines are processed for good. */
export function committedLines(cluster: EmbeddedCluster, partitions: number): number {
  let done = 0
  for (let partition = 0; partition < partitions; partition++) done += cluster.committedOffset(APPLICATION_ID, lines.name, partition) ?? 0
  return done
}

/** How many records of the application's topics are not processed for good yet, the words between its two halves included. */
export function lag(cluster: EmbeddedCluster): number {
  return cluster.lag(APPLICATION_ID) ?? 0
}
