import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError, type MillraceError } from '../../base/errors.ts'
import { EmbeddedCluster } from '../../broker/embedded-cluster.ts'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { resolveConfig } from '../../config/resolve-config.ts'
import type { StreamsConfig } from '../../config/streams-config.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { MetricsRegistry } from '../../metrics/registry.ts'
import type { Api } from '../../protocol/messages.ts'
import type { ApiVersionRange, ApiVersionRanges, Connection, Transport } from '../../protocol/transport.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { memoryEngines } from '../../state/engines/memory/memory-engine.ts'
import { StreamsApp } from './streams-app.ts'

const text = { key: serdes.string, value: serdes.string }

/** A transport to brokers that offer other versions of an API than those of the embedded cluster. */
function offering(transport: Transport, api: Api, offered: ApiVersionRange | undefined): Transport {
  return {
    connect: async (at, purpose) => {
      const inner = await transport.connect(at, purpose)
      const versions: ApiVersionRanges = Object.fromEntries(
        Object.entries({ ...inner.versions, [api]: offered }).filter(([, range]) => range !== undefined),
      )
      const connection: Connection = {
        versions,
        features: inner.features,
        send: (name, version, request, timeoutMs) => inner.send(name, version, request, timeoutMs),
        close: () => inner.close(),
        get isClosed() {
          return inner.isClosed
        },
      }
      return connection
    },
  }
}

/** What ends an application that copies records from topic to topic. */
async function failureOf(api: Api, offered: ApiVersionRange | undefined, config: Partial<StreamsConfig>): Promise<Error> {
  const world = new VirtualWorld({ seed: 4, shuffle: true })
  const cluster = new EmbeddedCluster({ environment: world.environment('cluster'), initialRebalanceDelayMs: 0, transactionVersion: 1 })
  cluster.createTopic('in')
  cluster.createTopic('out')
  cluster.append('in', 0, [{ key: Buffer.from('k'), value: Buffer.from('v') }])
  const builder = new StreamsBuilder()
  builder.stream(topic('in', text)).to(topic('out', text))
  const environment = world.environment('old')
  const clientId = 'old'
  const app = new StreamsApp({
    environment,
    transport: offering(cluster.transport({ clientId, environment }), api, offered),
    bootstrap: cluster.bootstrap,
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
  await world.run(() => failure !== null, { maxTimeMs: 120_000 })
  cluster.close()
  return failure!
}

const tooOld = 'it is too old, Apache Kafka 3.6 or later is required, with groupProtocol "streams" 4.2'

for (const [api, offered, config, expected] of [
  // Before KIP-447: the offsets of a transaction do not tell who commits.
  [
    'TxnOffsetCommit',
    { min: 0, max: 2 },
    { processingGuarantee: 'exactly_once_v2' },
    `version 3 to 4: the broker has versions 0 to 2; ${tooOld}`,
  ],
  // Before KIP-447: offsets of a transaction that is not decided are given out as if they were.
  ['OffsetFetch', { min: 0, max: 6 }, {}, `version 8 to 9: the broker has versions 0 to 6; ${tooOld}`],
  [
    'InitProducerId',
    { min: 0, max: 2 },
    { processingGuarantee: 'exactly_once_v2' },
    `version 3 to 5: the broker has versions 0 to 2; ${tooOld}`,
  ],
  ['Produce', { min: 0, max: 7 }, {}, `version 8 to 12: the broker has versions 0 to 7; ${tooOld}`],
  ['JoinGroup', { min: 0, max: 4 }, { groupProtocol: 'classic' }, `version 5 to 9: the broker has versions 0 to 4; ${tooOld}`],
  ['StreamsGroupHeartbeat', undefined, { groupProtocol: 'streams' }, `version 0 to 1: the broker does not have it; ${tooOld}`],
  ['Fetch', { min: 90, max: 91 }, {}, 'version 12 to 17: the broker has versions 90 to 91; it is too new, use a later release of Millrace'],
] as const) {
  test(`StreamsApp says which release it needs where ${api} of the brokers does not do`, async () => {
    const failure = await failureOf(api, offered, config)
    const { code, message } = isMillraceError(failure) && isMillraceError(failure.cause) ? failure.cause : (failure as MillraceError)
    assert.deepEqual({ code, message }, { code: 'UNSUPPORTED_VERSION', message: `Cannot use ${api} ${expected}` })
    assert.ok(failure.message.endsWith(message), 'what ends the application says so, too')
  })
}
