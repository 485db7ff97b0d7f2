// An application as a process of its own: runs until a signal, and says what becomes of it. With `fail` as argument its code throws.
import { KafkaStreams, serdes, StreamsBuilder, topic } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'

const words = topic('words', { key: serdes.string, value: serdes.string })
const cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 100 })
cluster.createTopic(words.name)
const builder = new StreamsBuilder()
builder.stream(words).foreach((_key, word) => {
  throw new Error(`cannot take ${word}`)
})
const streams = new KafkaStreams(builder, { applicationId: 'app', cluster, logger: false })
const say = (text: string): void => void process.stdout.write(`${text}\n`)

streams.on('stateChange', (state) => say(state))
if (process.argv[2] === 'fail') {
  // Nobody listens for the error: `start` is over, and there is no 'error' listener.
  await streams.start()
  cluster.append(words.name, 0, [{ value: Buffer.from('this'), key: Buffer.from('key') }])
} else {
  await streams.run()
  cluster.close()
  say('ran')
}
