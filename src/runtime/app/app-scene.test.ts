// The scene of tests that change what an instance hears of its cluster. No tests here.
import { VirtualWorld } from '../../base/virtual-environment.ts'
import type { EmbeddedClusterOptions } from '../../broker/cluster-options.ts'
import { EmbeddedCluster } from '../../broker/embedded-cluster.ts'
import { resolveConfig } from '../../config/resolve-config.ts'
import type { StreamsConfig } from '../../config/streams-config.ts'
import type { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { MetricsRegistry } from '../../metrics/registry.ts'
import type { Api, ResponseOf } from '../../protocol/messages.ts'
import type { ApiVersionRange, Connection, Transport } from '../../protocol/transport.ts'
import { memoryEngines } from '../../state/engines/memory/memory-engine.ts'
import { StreamsApp } from './streams-app.ts'

/** What an instance hears otherwise than its cluster says it. */
export interface Hearing {
  /** Versions that brokers offer; `undefined`: they do not have the API. */
  readonly versions?: Readonly<Partial<Record<Api, ApiVersionRange | undefined>>>
  /** Changes answers about topics. */
  readonly metadata?: (response: ResponseOf<'Metadata'>) => ResponseOf<'Metadata'>
}

/** An instance with what ended it. */
export interface HeardInstance {
  readonly app: StreamsApp
  readonly failure: () => Error | null
}

/** A cluster on virtual time, and instances that hear of it what a test lets them. */
export class AppScene {
  readonly world: VirtualWorld
  readonly cluster: EmbeddedCluster

  constructor(options: EmbeddedClusterOptions = {}) {
    this.world = new VirtualWorld({ seed: 4, shuffle: true })
    this.cluster = new EmbeddedCluster({ environment: this.world.environment('cluster'), initialRebalanceDelayMs: 0, ...options })
  }

  start(builder: StreamsBuilder, config: Partial<StreamsConfig>, hearing: Hearing): HeardInstance {
    const clientId = `instance-${this.world.nowMs}`
    const environment = this.world.environment(clientId)
    const app = new StreamsApp({
      environment,
      transport: heard(this.cluster.transport({ clientId, environment }), hearing),
      bootstrap: this.cluster.bootstrap,
      topology: builder.build().physical(),
      config: resolveConfig({ applicationId: 'app', bootstrapServers: 'embedded:1', commitIntervalMs: 100, ...config }),
      engines: memoryEngines,
      metrics: new MetricsRegistry(),
      processId: environment.random.uuid(),
      clientId,
    })
    let failure: Error | null = null
    app.events.on('error', (error) => (failure = error))
    app.start().catch((error: Error) => (failure = error))
    return { app, failure: () => failure }
  }

  run(until: () => boolean): Promise<void> {
    return this.world.run(until, { maxTimeMs: 120_000 })
  }

  [Symbol.dispose](): void {
    this.cluster.close()
  }
}

function heard(transport: Transport, { versions, metadata }: Hearing): Transport {
  return {
    connect: async (at, purpose) => {
      const inner = await transport.connect(at, purpose)
      const offered = Object.entries({ ...inner.versions, ...versions }).filter(([, range]) => range !== undefined)
      const connection: Connection = {
        versions: Object.fromEntries(offered),
        features: inner.features,
        send: async (api, version, request, timeoutMs) => {
          const response = await inner.send(api, version, request, timeoutMs)
          if (api !== 'Metadata' || metadata === undefined) return response
          return metadata(response as ResponseOf<'Metadata'>) as typeof response
        },
        close: () => inner.close(),
        get isClosed() {
          return inner.isClosed
        },
      }
      return connection
    },
  }
}
