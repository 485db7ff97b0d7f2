// What a connection costs its process: that of src/wire, whose socket @platformatic/kafka makes and whose frames are ours, and one whose requests
// all go through the package (docs/internals/dependencies.md).
//
//   node --conditions=ours-src bench/connection.ts ours
//   node --conditions=ours-src bench/connection.ts package
//
// A process of its own serves an embedded cluster with 32 MB of records; they are fetched over and over, in answers of 1 MB, and the processor time
// of the fetching process is printed. In both cases the codec of src/protocol decodes the answers.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { assert } from '../src/base/assert.ts'
import { createRealEnvironment } from '../src/base/real-environment.ts'
import { EmbeddedCluster } from '../src/broker/embedded-cluster.ts'
import { listen } from '../src/entry/broker.ts'
import { decodeResponse } from '../src/protocol/codec.ts'
import { encodeRequestFrame } from '../src/protocol/frame.ts'
import { MessageReader } from '../src/protocol/message-reader.ts'
import { type Api, apiKeys, type RequestOf, type ResponseOf } from '../src/protocol/messages.ts'
import { BatchBuilder } from '../src/record/batch-builder.ts'
import { TcpTransport } from '../src/wire/tcp-transport.ts'

const TOPIC = 'bytes'
const RECORD_BYTES = 1_000
const BATCH_RECORDS = 64
const BATCHES = 500
const ROUNDS = 12
const SMALL_REQUESTS = 5_000
const TIMEOUT_MS = 30_000
const ZERO_UUID = '00000000-0000-0000-0000-000000000000'
const FETCH_VERSION = 12
const METADATA_VERSION = 9

type Ask = <A extends Api>(api: A, version: number, request: RequestOf<A>) => Promise<ResponseOf<A>>

function fetchFrom(fetchOffset: number): RequestOf<'Fetch'> {
  const at = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: 1 << 20,
    replicaDirectoryId: ZERO_UUID,
    highWatermark: Infinity,
  }
  return {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 1 << 20,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, topicId: ZERO_UUID, partitions: [at] }],
    forgottenTopicsData: [],
    rackId: '',
  }
}

async function serve(): Promise<void> {
  const cluster = new EmbeddedCluster()
  cluster.createTopic(TOPIC, { partitions: 1 })
  const listening = await listen(cluster)
  const [host, port] = listening.bootstrapServers.split(':')
  const ask = await openOurs(host!, Number(port))
  const value = Buffer.alloc(RECORD_BYTES, 7)
  for (let batch = 0; batch < BATCHES; batch++) {
    const builder = new BatchBuilder(1 << 17)
    for (let record = 0; record < BATCH_RECORDS; record++) {
      builder.append({ timestamp: 0, bytes: value, keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: RECORD_BYTES, headers: null })
    }
    const records = builder.seal({ producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false })
    const topicData = [{ name: TOPIC, topicId: ZERO_UUID, partitionData: [{ index: 0, records }] }]
    await ask('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: TIMEOUT_MS, topicData })
  }
  process.send!(listening.bootstrapServers)
}

async function openOurs(host: string, port: number): Promise<Ask> {
  const connection = await new TcpTransport({ clientId: 'bench', environment: createRealEnvironment() }).connect({ host, port })
  return (api, version, request) => connection.send(api, version, request, TIMEOUT_MS)
}

/** The connection of the package asks for a writer that it can append to, and gives a parser a reader over its list of chunks. */
async function openPackage(host: string, port: number): Promise<Ask> {
  const { Connection, Writer } = await import('@platformatic/kafka')
  const connection = new Connection('bench')
  await connection.connect(host, port)
  return (api, version, request) =>
    new Promise((resolve, reject) => {
      const envelope = { api, version, correlationId: 0, clientId: 'bench' }
      // Size, key, version, correlation id and client id are written by the package; the tagged fields of the header are ours.
      const body = Buffer.concat(encodeRequestFrame(envelope, request)).subarray(4 + 2 + 2 + 4 + 2 + envelope.clientId.length)
      // Both responses have a flexible header, whose tagged fields are none.
      const parse = (_id: number, _key: number, _version: number, { buffer }: { readonly buffer: { slice(): Buffer } }) =>
        decodeResponse(api, version, new MessageReader(buffer.slice().subarray(1)))
      connection.send(
        apiKeys[api],
        version,
        () => Writer.create().append(body),
        parse,
        false,
        false,
        (error, response) => {
          if (error === null) resolve(response!)
          else reject(error)
        },
      )
    })
}

async function measure(name: string, ask: Ask): Promise<void> {
  let bytes = 0
  const round = async (): Promise<void> => {
    for (let offset = 0; offset < BATCHES * BATCH_RECORDS;) {
      const records = (await ask('Fetch', FETCH_VERSION, fetchFrom(offset))).responses[0]!.partitions[0]!.records!
      bytes += records.length
      offset += Math.max(1, Math.floor(records.length / (BATCH_RECORDS * RECORD_BYTES))) * BATCH_RECORDS
    }
  }
  await round()
  bytes = 0
  const beforeFetches = process.cpuUsage()
  for (let count = 0; count < ROUNDS; count++) await round()
  const fetching = process.cpuUsage(beforeFetches)
  const beforeSmall = process.cpuUsage()
  for (let count = 0; count < SMALL_REQUESTS; count++) await ask('Metadata', METADATA_VERSION, noTopics)
  const small = process.cpuUsage(beforeSmall)
  const ms = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000
  const perMegabyte = ms(fetching) / (bytes / 1e6)
  const perThousand = ms(small) / (SMALL_REQUESTS / 1_000)
  process.stdout.write(
    `${name}: ${perMegabyte.toFixed(2)} ms of processor time per MB fetched, ${perThousand.toFixed(0)} ms per 1,000 small requests\n`,
  )
}

const noTopics: RequestOf<'Metadata'> = {
  topics: [],
  allowAutoTopicCreation: false,
  includeClusterAuthorizedOperations: false,
  includeTopicAuthorizedOperations: false,
}

if (process.argv[2] === 'serve') await serve()
else {
  const server = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: ['--conditions=ours-src'] })
  const [bootstrap] = (await once(server, 'message')) as [string]
  const [host, port] = bootstrap.split(':')
  // The heap of an application, and the same in both cases: most of what is measured is the collection of garbage.
  await Promise.all([import('../src/index.ts'), import('@platformatic/kafka')])
  const which = process.argv[2] ?? 'ours'
  assert(which === 'ours' || which === 'package', 'The argument is "ours" or "package"')
  await measure(which, which === 'ours' ? await openOurs(host!, Number(port)) : await openPackage(host!, Number(port)))
  server.kill()
  process.exit()
}
