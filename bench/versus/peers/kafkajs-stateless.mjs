// The stateless mode with kafkajs: a batch is fetched, and what is left of it is sent and awaited.
import { createRequire } from 'node:module'
import { isKept, options, processed, runUntilClosed } from './peer-application.mjs'

const { Kafka, logLevel } = createRequire(`${options.modules}/`)('kafkajs')
const kafka = new Kafka({ clientId: 'peer', brokers: [options.bootstrap], logLevel: logLevel.ERROR })
const consumer = kafka.consumer({ groupId: options.group })
const producer = kafka.producer()
await producer.connect()
await consumer.connect()
await consumer.subscribe({ topic: options.input, fromBeginning: true })
await consumer.run({
  eachBatch: async ({ batch }) => {
    const messages = []
    for (const { key, value, timestamp } of batch.messages) if (isKept(key)) messages.push({ key, value: Buffer.from(value), timestamp })
    await producer.send({ topic: options.output, acks: -1, messages })
    processed(batch.messages.length)
  },
})
await runUntilClosed(async () => {
  await consumer.disconnect()
  await producer.disconnect()
})
