import { KafkaStreams } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { setTimeout as sleep } from 'node:timers/promises'
import { TIMEOUTS } from '../instance.ts'
import { builder, counts, GRACE, lines, SIZE, wordsPerMinute } from './topology.ts'

const APPLICATION_ID = 'windowed-word-count'
const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface Line {
  readonly text: string
  readonly timestamp: number
}

/** Five minutes of lines, one every two seconds. Each third is 15 seconds late, and each tenth 90: too late for its minute. */
const written: readonly Line[] = Array.from({ length: 150 }, (_, index) => {
  const now = index * 2_000
  const delay = index % 10 === 9 ? 90_000 : index % 3 === 2 ? 15_000 : 0
  return { text: index % 2 === 0 ? 'to be or not' : 'to be', timestamp: Math.max(0, now - delay) }
})

/** The same with a plain loop: words by minute. */
function countPlainly(): { readonly counted: Map<string, number>; readonly late: number } {
  const counted = new Map<string, number>()
  let late = 0
  let streamTime = -1
  for (const { text, timestamp } of written) {
    streamTime = Math.max(streamTime, timestamp)
    const start = timestamp - (timestamp % SIZE)
    for (const word of text.split(' ')) {
      if (start + SIZE > streamTime - GRACE) counted.set(`${word}@${start}`, (counted.get(`${word}@${start}`) ?? 0) + 1)
      else late++
    }
  }
  return { counted, late }
}

await using cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
// One partition: what is late depends on the order, and the plain loop has but one.
for (const { name } of [lines, wordsPerMinute]) cluster.createTopic(name, { partitions: 1 })
cluster.append(
  lines.name,
  0,
  written.map(({ text, timestamp }) => ({ value: Buffer.from(text), timestamp })),
)

await using streams = new KafkaStreams(builder, {
  applicationId: APPLICATION_ID,
  cluster,
  processingGuarantee: 'exactly_once_v2',
  logger: false,
})
await streams.start()
while (cluster.lag(APPLICATION_ID) !== 0 || cluster.committedOffset(APPLICATION_ID, lines.name, 0) !== written.length) await sleep(20)

const { counted, late } = countPlainly()
const rows = [...streams.localStore(counts).fetchAll(0, Infinity)]
for (const [{ key, window }, count] of rows) {
  say(`${new Date(window.start).toISOString().slice(11, 16)} ${key.padEnd(4)} ${count}`)
}
const isSame = rows.length === counted.size && rows.every(([{ key, window }, count]) => counted.get(`${key}@${window.start}`) === count)
say(
  isSame
    ? `verified: ${rows.length} windows, ${late} late words dropped, identical`
    : 'failed: the counts differ from those of a plain loop',
)
process.exitCode = isSame ? 0 : 1
