// The stateless mode with @platformatic/kafka: an iterator over messages, 1,000 in each send, up to five of which are under way.
import { createRequire } from 'node:module'
import { isKept, options, processed, runUntilClosed } from './peer-application.mjs'

const MESSAGES_PER_SEND = 1_000
const SENDS_MAX = 5
const LINGER_MS = 100

const { Consumer, Producer, ProduceAcks } = createRequire(`${options.modules}/`)('@platformatic/kafka')
const client = { clientId: 'peer', bootstrapBrokers: [options.bootstrap] }
const producer = new Producer({ ...client, acks: ProduceAcks.ALL, autocreateTopics: false })
const consumer = new Consumer({ ...client, groupId: options.group, autocommit: true, maxWaitTime: 500 })
const stream = await consumer.consume({ topics: [options.input], mode: 'earliest' })
const sends = new Set()
let messages = []
let read = 0

function send() {
  if (read === 0) return
  const [sentMessages, sentRead] = [messages, read]
  messages = []
  read = 0
  const sent = producer
    .send({ messages: sentMessages, acks: ProduceAcks.ALL })
    .then(() => processed(sentRead))
    .finally(() => sends.delete(sent))
  sends.add(sent)
}

async function run() {
  for await (const { key, value, timestamp } of stream) {
    read++
    if (isKept(key)) messages.push({ topic: options.output, key, value: Buffer.from(value), timestamp })
    if (messages.length < MESSAGES_PER_SEND) continue
    send()
    if (sends.size >= SENDS_MAX) await Promise.race(sends)
  }
}

// What comes last fills no send.
setInterval(() => sends.size === 0 && send(), LINGER_MS)
void run()
await runUntilClosed(async () => {
  await Promise.all(sends)
  await stream.close()
  await consumer.close(true)
  await producer.close()
})
