import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { FetchResponse } from '../protocol/messages/fetch.ts'
import type { Api, ResponseOf } from '../protocol/messages.ts'
import type { Cluster, Connection, ConnectionPurpose } from '../protocol/transport.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { KafkaStreams } from './kafka-streams.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'counts' })
  return builder
}

/** `cluster` behind a wire that flips the last bit of all records that are fetched over connections of one purpose. */
function damaging(cluster: Cluster, damaged: ConnectionPurpose): Cluster {
  return {
    bootstrap: cluster.bootstrap,
    transport: (client) => {
      const transport = cluster.transport(client)
      return {
        connect: async (at, purpose) => {
          const connection = await transport.connect(at, purpose)
          return purpose === damaged ? new DamagingConnection(connection) : connection
        },
      }
    },
  }
}

class DamagingConnection implements Connection {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get versions(): Connection['versions'] {
    return this.#connection.versions
  }

  get features(): Connection['features'] {
    return this.#connection.features
  }

  get isClosed(): boolean {
    return this.#connection.isClosed
  }

  send: Connection['send'] = async (api, version, request, timeoutMs) => {
    const response = await this.#connection.send(api, version, request, timeoutMs)
    return isFetched(api, response) ? (damagedCopy(response) as typeof response) : response
  }

  close(): void {
    this.#connection.close()
  }
}

function isFetched(api: Api, _response: unknown): _response is FetchResponse {
  return api === 'Fetch'
}

function damagedCopy(response: FetchResponse): ResponseOf<'Fetch'> {
  const responses = response.responses.map((of) => ({
    ...of,
    partitions: of.partitions.map((partition) => {
      if (partition.records === null || partition.records.length === 0) return partition
      const records = Buffer.from(partition.records)
      const last = records.length - 1
      records[last] = records[last]! ^ 1
      return { ...partition, records }
    }),
  }))
  return { ...response, responses }
}

const config = { applicationId: 'app', statestoreCacheMaxBytes: 0, commitIntervalMs: 100 }

async function endOf(on: TestCluster, cluster: Cluster): Promise<unknown> {
  const streams = new KafkaStreams(counting(), { ...config, cluster, environment: on.world.environment('damaged') })
  let failure: unknown = null
  streams.on('error', (error) => (failure = error))
  streams.start().catch(() => undefined)
  await on.run(() => streams.state === 'ERROR', { maxTimeMs: 60_000 })
  return failure
}

test('KafkaStreams ends with INPUT_FAILED when records of an input topic are damaged', async () => {
  await using on = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0 })
  on.createTopics({ words: 1 })
  on.produce(words, [{ key: 'k', value: 'v' }])
  const failure = await endOf(on, damaging(on.cluster, 'fetch'))
  assert.ok(isMillraceError(failure))
  assert.deepEqual([failure.code, failure.topic, failure.partition, failure.offset], ['INPUT_FAILED', 'words', 0, 0])
  assert.equal((failure.cause as { readonly code?: string }).code, 'CORRUPT_BATCH')
})

test('KafkaStreams ends with RESTORE_FAILED when records of a changelog are damaged', async () => {
  await using on = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0 })
  on.createTopics({ words: 1 })
  const first = on.start('first', counting(), config)
  on.produce(words, [{ key: 'k', value: 'v' }])
  await on.run(() => on.cluster.committedOffset('app', 'words', 0) === 1, { maxTimeMs: 60_000 })
  void first.close()
  await on.run(() => first.state === 'NOT_RUNNING')
  const failure = await endOf(on, damaging(on.cluster, 'restore'))
  assert.ok(isMillraceError(failure))
  assert.deepEqual(
    [failure.code, failure.store, failure.topic, failure.taskId],
    ['RESTORE_FAILED', 'counts', 'app-counts-changelog', '0_0'],
  )
  assert.equal((failure.cause as { readonly code?: string }).code, 'CORRUPT_BATCH')
})
