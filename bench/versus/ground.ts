import { setTimeout as sleep } from 'node:timers/promises'
import { setImmediate as yieldToEvents } from 'node:timers/promises'
import { Admin } from '../../src/client/admin.ts'
import type { Fetcher } from '../../src/client/fetcher.ts'
import type { OutgoingRecord } from '../../src/client/outgoing-record.ts'
import type { Producer } from '../../src/client/producer.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { outgoingRecord } from './data/outgoing-record.ts'
import { GroundClient } from './ground-client.ts'

/** Fills in the key and the value of record `index`, into `record.bytes`. */
export type FillRecord = (record: OutgoingRecord, index: number) => void

// As java-baseline measured: what a broker is run with that is not a test's.
const BROKER_JAVA_OPTIONS = [
  '-Xms1g',
  '-Xmx1g',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
]
const BROKER_PROPERTIES = {
  'group.initial.rebalance.delay.ms': 0,
  'group.streams.initial.rebalance.delay.ms': 0,
  'group.streams.assignment.interval.ms': 0,
  'log.segment.delete.delay.ms': 1_000,
}
const RECORDS_PER_TURN = 1_000

/** The broker that both sides run on, and what is asked of it beside them. */
export class Ground implements AsyncDisposable {
  readonly node: KafkaNode
  readonly admin: Admin
  readonly #client: GroundClient
  readonly #topics = new Set<string>()

  private constructor(node: KafkaNode) {
    this.node = node
    this.#client = new GroundClient(node.port)
    this.admin = new Admin(this.#client.client)
  }

  /** Starts the broker. */
  static async open(): Promise<Ground> {
    return new Ground(await KafkaNode.start({ shortTimeouts: true, javaOptions: BROKER_JAVA_OPTIONS, properties: BROKER_PROPERTIES }))
  }

  get bootstrapServers(): string {
    return this.node.bootstrapServers
  }

  /** Makes a topic of one partition if it is not there; whether it was not. */
  async createTopic(name: string, configs: Readonly<Record<string, string>> = {}): Promise<boolean> {
    if (this.#topics.has(name)) return false
    this.#topics.add(name)
    const topic = { name, partitions: 1, replicationFactor: -1, configs }
    for (const error of (await this.admin.createTopics([topic])).values()) throw error
    while (!(await this.admin.describeTopics([name])).has(name)) await sleep(50)
    return true
  }

  /** Removes the topics whose names begin so. */
  async deleteTopics(prefix: string): Promise<void> {
    const names = Array.from((await this.admin.listTopics()).keys()).filter((name) => name.startsWith(prefix))
    for (const name of names) this.#topics.delete(name)
    if (names.length > 0) for (const error of (await this.admin.deleteTopics(names)).values()) throw error
  }

  /** See {@link GroundClient.producer}. */
  producer(lingerMs?: number): Producer {
    return this.#client.producer(lingerMs)
  }

  /** See {@link GroundClient.fetcher}. */
  fetcher(): Fetcher {
    return this.#client.fetcher()
  }

  /** Writes `count` records to partition 0 of a topic, whose timestamps are a millisecond apart; the last one is of now if none is given for the first. */
  async load(topic: string, count: number, fill: FillRecord, firstMs: number = Date.now() - count): Promise<void> {
    const producer = this.producer()
    const target = producer.target(topic, 0)
    const record = outgoingRecord()
    for (let index = 0; index < count; index++) {
      record.timestamp = firstMs + index
      fill(record, index)
      producer.append(target, record)
      if (index % RECORDS_PER_TURN !== 0) continue
      await yieldToEvents()
      if (producer.isFull) await producer.whenWritable()
    }
    await producer.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close()
    await this.node.stop()
  }
}
