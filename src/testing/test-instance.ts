import type { VirtualEnvironment } from '../base/virtual-environment.ts'
import type { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { MetricsRegistry } from '../metrics/registry.ts'
import { InteractiveQueries } from '../queries/interactive-queries.ts'
import { type Local, localStore } from '../queries/local-store.ts'
import { answerStoreQuestion } from '../queries/threads/answer-store-question.ts'
import type { StreamsState } from '../runtime/app/app-state.ts'
import { storeInfos } from '../runtime/app/store-infos.ts'
import { processIdOf } from '../runtime/directory/process-id.ts'
import { StreamsApp, type StreamsEvents } from '../runtime/app/streams-app.ts'
import type { StoreView } from '../runtime/app/view.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import type { StoreKind } from '../state/store-spec.ts'
import { storeNameOf, type StoreHandle } from '../state/store-handle.ts'
import { storeKinds } from '../topology/store-kinds.ts'
import type { Topology } from '../topology/topology.ts'
import type { ThreadViews } from '../runtime/threads/thread-program.ts'
import { halt } from './halt.ts'
import { virtualWorkers } from './virtual-workers.ts'

/** The configuration of an instance; cluster and environment are those of the test cluster. */
export type TestConfig = Omit<StreamsConfig, 'cluster' | 'environment' | 'logger'>

/** What an instance is made of. */
export interface TestInstanceParts {
  readonly cluster: EmbeddedCluster
  readonly environment: VirtualEnvironment
  readonly topology: Topology | StreamsBuilder
  readonly config: TestConfig
  readonly engines?: EngineFactory | undefined
}

/** One instance of an application on a `TestCluster`. Its promises settle while the cluster is driven (`run`, `advance`). */
export class TestInstance {
  readonly name: string
  readonly environment: VirtualEnvironment
  readonly clientId: string
  /** @internal */
  readonly app: StreamsApp
  /** Settles as `StreamsApp.start` does: with the first RUNNING, or with what ended the instance before. */
  readonly started: Promise<void>
  /** What ended the instance; `null` while nothing did. */
  failure: Error | null = null
  readonly #storeKinds: ReadonlyMap<string, StoreKind>
  readonly #queries: InteractiveQueries
  /** What its stream threads have, where there are several. */
  readonly #threadViews = new Set<ThreadViews>()
  #isClosed = false

  /** Makes the instance and starts it. Throws what a wrong configuration or topology throws. */
  constructor({ cluster, environment, topology, config, engines }: TestInstanceParts) {
    const resolved = resolveConfig({ ...config, cluster })
    const physical = (topology instanceof StreamsBuilder ? topology.build(resolved.topology) : topology).physical()
    this.#storeKinds = storeKinds(physical)
    const processId = processIdOf(physical, resolved, environment)
    const { applicationId } = resolved
    const infos = storeInfos(physical)
    this.name = environment.name
    this.environment = environment
    this.clientId = resolved.clientId === '' ? `${resolved.applicationId}-${processId}` : resolved.clientId
    this.app = new StreamsApp({
      environment,
      transport: cluster.transport({ clientId: this.clientId, environment }),
      bootstrap: cluster.bootstrap,
      topology: physical,
      config: resolved,
      engines,
      metrics: new MetricsRegistry(),
      processId,
      clientId: this.clientId,
      startWorker:
        resolved.thread.count > 1
          ? virtualWorkers({
              environment,
              transport: cluster.transport({ clientId: this.clientId, environment }),
              bootstrap: cluster.bootstrap,
              topology: physical,
              config: resolved,
              engines,
              showViews: (views) => {
                this.#threadViews.add(views)
                return () => this.#threadViews.delete(views)
              },
              answer: (question, views) => answerStoreQuestion(question, { ...environment, applicationId, storeInfos: infos, views }),
            })
          : undefined,
    })
    this.#queries = new InteractiveQueries(this.app.queries, environment)
    this.app.events.on('error', (error) => this.#fail(error))
    this.started = this.app.start()
    this.started.catch((error: Error) => {
      if (!this.#isClosed) this.#fail(error)
    })
  }

  /** Whether it was killed. */
  get isKilled(): boolean {
    return this.environment.lifeline.isCut
  }

  get state(): StreamsState {
    return this.app.state
  }

  /** Adds a listener of `stateChange`, `restoreStart`, `restoreEnd` or `error`. */
  on<E extends keyof StreamsEvents>(event: E, listener: (...args: StreamsEvents[E]) => void): this {
    this.app.events.on(event, listener)
    return this
  }

  /** Stops processing and punctuation until `resume` (KIP-834). */
  pause(): void {
    this.app.pause()
  }

  resume(): void {
    this.app.resume()
  }

  /** What can be asked of it: the queries of `KafkaStreams`. */
  get queries(): InteractiveQueries {
    return this.#queries
  }

  /**
   * The stores of that name that run here now, in whichever thread.
   *
   * @internal
   */
  views(name: string): readonly StoreView[] {
    const inThreads = Array.from(this.#threadViews, (views) => views(name)).flat()
    return [...this.app.stores(name), ...inThreads.filter(({ state }) => state === 'running')]
  }

  /** What the tasks of this instance that run now have of a store, what is not committed included. */
  store<S>(handle: StoreHandle<S>): Local<S> {
    const name = storeNameOf(handle)
    return localStore(handle, this.#storeKinds.get(name), () => this.views(name).map(({ store }) => store))
  }

  /** Ends it as `kill -9` would: see `halt`. */
  kill(): void {
    halt(this.environment)
  }

  /** Removes what it keeps in its state directory, as `KafkaStreams.cleanUp`. */
  cleanUp(): Promise<void> {
    return this.app.cleanUp()
  }

  /** Closes it in good order. Resolves with whether that was done in time. */
  close(options: { readonly timeoutMs?: number; readonly leaveGroup?: boolean } = {}): Promise<boolean> {
    this.#isClosed = true
    return this.app.close(options)
  }

  #fail(error: Error): void {
    // Nobody hears the last words of the dead.
    if (!this.isKilled) this.failure ??= error
  }
}
