// Runs the built package as a user would: a count, exactly once, on the embedded cluster. Plain JavaScript, for every Node that is supported.
import { KafkaStreams, serdes, StreamsBuilder, topic } from 'millrace'
import { EmbeddedCluster, listen } from 'millrace/broker'
import { testDriver } from 'millrace/testing'

const words = topic('words', { value: serdes.string })
const totals = topic('totals', { key: serdes.string, value: serdes.int64 })
const builder = new StreamsBuilder()
const counts = builder
  .stream(words)
  .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
  .count({ store: 'counts' })
counts.toStream().to(totals)

const driver = testDriver(builder)
driver.input(words).pipe(null, 'driven')
if (driver.store(counts).get('driven') !== 1) throw new Error('the test driver does not count')
driver.close?.()

const cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 100 })
for (const name of ['words', 'totals']) cluster.createTopic(name)
const streams = new KafkaStreams(builder, {
  applicationId: 'smoke',
  cluster,
  processingGuarantee: 'exactly_once_v2',
  statestoreCacheMaxBytes: 0,
})
await streams.start()
cluster.append(
  'words',
  0,
  ['a', 'b', 'a'].map((word) => ({ value: Buffer.from(word) })),
)
while (cluster.read('totals', 0, { isolation: 'read_committed' }).length < 3) await new Promise((resolve) => setTimeout(resolve, 10))
const count = streams.localStore(counts).get('a')
await streams.close()

// The same on worker threads, which find their modules in the package.
const listening = await listen(cluster)
const threads = new KafkaStreams(new URL('./topologies/smoke.mjs', import.meta.url), {
  applicationId: 'smoke-threads',
  bootstrapServers: listening.bootstrapServers,
  numStreamThreads: 2,
  commitIntervalMs: 50,
  statestoreCacheMaxBytes: 0,
  stateEngine: 'memory',
})
await threads.start()
while ((await threads.store(counts).get('a')) !== 2) await new Promise((resolve) => setTimeout(resolve, 10))
await threads.close()
await listening.close()
cluster.close()
process.stdout.write(`smoke: ${process.versions.node} ${count}\n`)
