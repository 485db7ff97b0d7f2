import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prng } from '../../src/base/prng.ts'
import { outgoing, type Scene } from '../../src/client/contract-scene.test.ts'
import type { Producer } from '../../src/client/producer.ts'
import { isPassing } from '../../src/client/retry.ts'
import { choosePartition } from '../../src/testing/topic-bytes.ts'
import { kafkaClassPath } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { JavaProgram } from '../integration/java-program.ts'
import { openWireScene } from '../integration/wire-scene.ts'
import { type Job, openJob, type TextRecord } from './jobs.ts'
import type { Round } from './rounds.ts'
import type { Tally } from './tally.ts'
import { TorturedProcess } from './tortured-process.ts'

const PARTITIONS = 4
const INSTANCES = 3
const FEED_EVERY_MS = 50
/** Longer than a session of `shortTimeouts`: the group goes on without who is frozen. */
const FREEZE_MS = 9_000
/** What is not there after so long without any progress is lost. */
const PATIENCE_MS = 60_000
// Of twenty kills one is a freeze, and at two more the broker goes down as well.
const CYCLE = 20
const FREEZE_AT = 9
const CLEAN_RESTART_AT = 4
const CRASH_AT = 14

/** How many times a round is run that Kafka itself has spoilt. */
const ATTEMPTS = 5
/** How often transactions that are over time are looked for: not before a node that starts knows who leads what (see the README). */
const TRANSACTION_SCAN_MS = 5_000

/**
 * Runs one round to its end and says what is wrong with its output. `print` is told what happens. When records are missing because the
 * cluster has left a transaction open (see the README) the round says nothing, and is run again.
 */
export async function runRound(round: Round, print: (line: string) => void): Promise<Tally> {
  for (let attempt = 1; ; attempt++) {
    const { tally, skippedMarkers } = await tryRound(attempt === 1 ? round : { ...round, seed: round.seed + attempt * 1_000_000 }, print)
    if (tally.lost === 0 || tally.duplicated > 0 || skippedMarkers.length === 0) return tally
    const next = attempt < ATTEMPTS ? 'once more' : `given up after ${ATTEMPTS} times`
    print(`void: Kafka has not ended ${skippedMarkers.join(' and ')} in all partitions; ${tally.lost} records wait for that; ${next}`)
    if (attempt === ATTEMPTS) return tally
  }
}

interface RoundResult {
  readonly tally: Tally
  /** Transactional ids. */
  readonly skippedMarkers: readonly string[]
}

async function tryRound(round: Round, print: (line: string) => void): Promise<RoundResult> {
  const random = new Prng(round.seed)
  const nodes = await KafkaNode.startSeveral(round.nodes, {
    shortTimeouts: true,
    transactionVersion: round.transactionVersion,
    properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': TRANSACTION_SCAN_MS },
  })
  const scene = openWireScene(
    nodes.map(({ port }) => port),
    { transactionVersion: round.transactionVersion },
  )
  const applicationId = `tortured-${round.seed}`
  const bootstrapServers = nodes.map((node) => node.bootstrapServers).join(',')
  const { job: kind, guarantee, mutant } = round
  const folder = await mkdtemp(join(tmpdir(), 'millrace-torture-'))
  const instances = Array.from(
    { length: INSTANCES },
    (_, index) =>
      new TorturedProcess({ job: kind, guarantee, applicationId, bootstrapServers, mutant, stateDir: join(folder, `instance-${index}`) }),
  )
  let feed: Feed | null = null
  try {
    const job = openJob(kind)
    await scene.admin.createTopics([...job.inputs, job.output].map((name) => ({ name, partitions: PARTITIONS, replicationFactor: -1 })))
    await scene.until(async () => (await scene.admin.describeTopics([job.output])).has(job.output), PATIENCE_MS)
    feed = new Feed(job, scene.producer(), random)
    await waitFor(() => hasOutput(scene, job), PATIENCE_MS, 'the application begins to work')
    for (let kill = round.firstKill; kill < round.firstKill + round.kills; kill++) {
      await sleep(1_000 + random.below(3_000))
      await strike(kill, { instances, node: () => drawLeader(scene, job, nodes, random) }, random, print)
    }
    await feed.stop()
    const tally = await settle(scene, job, round)
    const died = instances.map((instance) => instance.died).filter((how) => how !== null)
    for (const instance of instances) if (!(await instance.close())) died.push('an instance did not close when it was told to')
    tally.problems.push(...died)
    const skippedMarkers = nodes.flatMap((node) => node.skippedMarkers())
    if (tally.lost + tally.duplicated + tally.problems.length > 0 && skippedMarkers.length === 0)
      for (const { log } of instances) print(log)
    return { tally, skippedMarkers }
  } finally {
    feed?.abandon()
    scene.close()
    for (const instance of instances) await instance.kill()
    for (const node of nodes) await node.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes the input, little by little, until it is stopped. */
class Feed {
  readonly #job: Job
  readonly #producer: Producer
  readonly #random: Prng
  readonly #done: Promise<void>
  #isOver = false

  constructor(job: Job, producer: Producer, random: Prng) {
    this.#job = job
    this.#producer = producer
    this.#random = new Prng(random.uint32())
    this.#done = this.#run()
  }

  /** Stops, and waits until all that was drawn is written. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#done
    await this.#producer.close()
  }

  /** Stops; what is not written need not be. */
  abandon(): void {
    this.#isOver = true
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      for (const { topic, key, value, timestamp } of this.#job.draw(this.#random, Date.now())) {
        const partition = key === null ? this.#random.below(PARTITIONS) : choosePartition(Buffer.from(key), PARTITIONS)
        this.#producer.append(this.#producer.target(topic, partition), outgoing({ key, value, timestamp }))
      }
      await sleep(FEED_EVERY_MS)
    }
  }
}

/** Who is struck. */
interface Victims {
  readonly instances: readonly TorturedProcess[]
  readonly node: () => Promise<KafkaNode>
}

/** A node that leads a partition of the output. */
async function drawLeader(scene: Scene, { output }: Job, nodes: readonly KafkaNode[], random: Prng): Promise<KafkaNode> {
  const { partitions } = (await scene.admin.describeTopics([output])).get(output)!
  const { leaderId } = random.pick(partitions)
  const leader = nodes.find(({ id }) => id === leaderId)
  if (leader === undefined) throw new Error(`Cannot find node ${leaderId}, which leads a partition of ${output}`)
  return leader
}

async function strike(kill: number, { instances, node: drawNode }: Victims, random: Prng, print: (line: string) => void): Promise<void> {
  const index = random.below(instances.length)
  const instance = instances[index]!
  const at = kill % CYCLE
  if (at === FREEZE_AT) {
    print(`kill ${kill + 1}: instance ${index} freezes for ${FREEZE_MS} ms`)
    instance.freeze()
    await sleep(FREEZE_MS)
    instance.thaw()
    return
  }
  print(`kill ${kill + 1}: instance ${index}`)
  await instance.killAndRestart()
  if (at !== CLEAN_RESTART_AT && at !== CRASH_AT) return
  const node = await drawNode()
  print(`node ${node.id}, which leads, ${at === CRASH_AT ? 'crashes' : 'shuts down'} and comes back`)
  await (at === CRASH_AT ? node.crash() : node.shutDown())
  await sleep(random.below(2_000))
  await node.restart()
}

async function hasOutput(scene: Scene, { output }: Job): Promise<boolean> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: output, partition }))
  const ends = await scene.admin.listOffsets(partitions, 'latest', 'read_committed')
  return partitions.some(({ partition }) => ends.get(output, partition)! > 0)
}

/** Waits until the output is right, or there is no progress any more, and gives what Java's consumer sees of it then. */
async function settle(scene: Scene, job: Job, round: Round): Promise<Tally> {
  const isExactlyOnce = round.guarantee === 'exactly_once_v2'
  let lost = Infinity
  let deadlineMs = performance.now() + PATIENCE_MS
  while (performance.now() < deadlineMs) {
    const found = job.check(await readOutput(scene, job), isExactlyOnce)
    if (found.lost === 0) break
    if (found.lost < lost) deadlineMs = performance.now() + PATIENCE_MS
    lost = found.lost
    await sleep(1_000)
  }
  return job.check(await readIndependently(scene, job), isExactlyOnce)
}

async function readOutput(scene: Scene, { output }: Job): Promise<readonly TextRecord[]> {
  const records: TextRecord[] = []
  for (let partition = 0; partition < PARTITIONS; partition++) {
    for (const { key, value, timestamp } of await scene.read(output, partition)) {
      records.push({ topic: output, key, value: value ?? '', timestamp })
    }
  }
  return records
}

/** The output as Java's consumer sees it. */
async function readIndependently(scene: Scene, { output }: Job): Promise<readonly TextRecord[]> {
  const source = fileURLToPath(new URL('./java/ReadCommitted.java', import.meta.url))
  const servers = scene.world.cluster.bootstrap.map(({ host, port }) => `${host}:${port}`).join(',')
  await using program = new JavaProgram(kafkaClassPath('4.3.1'), source, [servers, output])
  const lines = (await program.finish()).trimEnd().split('\n')
  const [end, count] = lines.pop()!.split('\t')
  if (end !== 'end' || Number(count) !== lines.length)
    throw new Error(`The reader printed ${lines.length} records, and at its end: ${end} ${count}`)
  return lines.map((line) => {
    const [, , timestamp, key, value] = line.split('\t')
    return { topic: output, key: key!, value: value!, timestamp: Number(timestamp) }
  })
}

async function waitFor(isSo: () => Promise<boolean>, timeoutMs: number, what: string): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await isSo().catch(falseIfPassing))) {
    if (performance.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}`)
    await sleep(200)
  }
}

/** A cluster that is busy may take its time until it answers. */
function falseIfPassing(error: unknown): boolean {
  if (!isPassing(error)) throw error
  return false
}
