import { createEnvironment, KafkaStreams, type Local, type StoreHandle, type StreamsBuilder } from 'millrace'
import type { EmbeddedCluster } from 'millrace/broker'
import { halt } from 'millrace/testing'

/** Group and transaction time-outs, short so that a killed instance is replaced while one watches. Production keeps the defaults. */
export const TIMEOUTS = {
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
  transactionTimeoutMs: 5_000,
  transactionScanIntervalMs: 1_000,
}

/** How an instance gets at its cluster: one inside the process, or one that is found at `bootstrapServers`. */
export interface Reach {
  readonly cluster?: EmbeddedCluster
  readonly bootstrapServers?: string
}

/** What all instances of an application share. */
export interface RunnableApplication extends Reach {
  readonly applicationId: string
  readonly builder: StreamsBuilder
}

/** An application on a cluster inside the process. */
export interface Application extends RunnableApplication {
  readonly cluster: EmbeddedCluster
}

/** One instance of an application, exactly once, which can be killed without warning. */
export class Instance {
  readonly name: string
  readonly #environment = createEnvironment()
  readonly #streams: KafkaStreams
  #isKilled = false

  constructor(name: string, { applicationId, builder, cluster, bootstrapServers }: RunnableApplication) {
    this.name = name
    this.#streams = new KafkaStreams(builder, {
      applicationId,
      ...(bootstrapServers === undefined ? { cluster } : { bootstrapServers }),
      environment: this.#environment,
      processingGuarantee: 'exactly_once_v2',
      producer: { transactionTimeoutMs: TIMEOUTS.transactionTimeoutMs },
      logger: false,
    })
  }

  get state(): string {
    return this.#isKilled ? 'killed' : this.#streams.state
  }

  /** Tells `listener` every state that follows. */
  onStateChange(listener: (state: string) => void): void {
    this.#streams.on('stateChange', (state) => listener(state))
  }

  start(): Promise<void> {
    return this.#streams.start()
  }

  /** What `kill -9` does to a process: nothing of the instance ever runs again, and nobody is told. */
  kill(): void {
    this.#isKilled = true
    halt(this.#environment)
  }

  /** What this instance has of a store. */
  store<S>(handle: StoreHandle<S>): Local<S> {
    return this.#streams.localStore(handle)
  }

  async close(): Promise<void> {
    if (!this.#isKilled) await this.#streams.close()
  }
}

/** Whether every record that the application reads is processed for good, those between its parts included, and its instances are well. */
export function isDone({ applicationId, cluster }: Application, instances: readonly Instance[]): boolean {
  return cluster.lag(applicationId) === 0 && instances.every(({ state }) => state === 'RUNNING' || state === 'killed')
}
