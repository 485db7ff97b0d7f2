import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { distinctKeys } from './distinct-keys.ts'
import type { Ground } from './ground.ts'
import { outgoingRecord } from './data/outgoing-record.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { Mode } from './mode.ts'
import { inScratchFolder } from './scratch-folder.ts'
import { pinnedSettings, type PinnedSettings } from './settings.ts'
import type { Side } from './sides.ts'

const KEYS = 200_000
const FEED_EVERY_MS = 10
/** From when both run to the kill: the copy of the state is as far as the state by then. */
const WARM_UP_MS = 8_000
const LOOK_MS = 500
const OUTPUT_PATIENCE_MS = 120_000

type Guarantee = NonNullable<PinnedSettings['guarantee']>

/** Runs of this process so far: each has topics and a group of its own. */
let runs = 0

/** Kills the instance that works while another one has a copy of its state; how long nothing is put out. */
export function failoverMode(guarantee: Guarantee): Mode {
  const isExactlyOnce = guarantee === 'exactly_once_v2'
  return {
    name: isExactlyOnce ? 'failover-eos' : 'failover',
    group: 'failover',
    title: `fail-over to a warm standby, ${isExactlyOnce ? 'exactly once' : 'at least once'}: gap in the output`,
    primary: 'gapMs',
    prepare: () => Promise.resolve(),
    run: (side, ground, { factor }) =>
      inScratchFolder((folder) => failOver({ side, ground, guarantee, keys: Math.ceil(KEYS * factor), folder })),
  }
}

interface FailoverRun {
  readonly side: Side
  readonly ground: Ground
  readonly guarantee: Guarantee
  readonly keys: number
  readonly folder: string
}

async function failOver({ side, ground, guarantee, keys, folder }: FailoverRun): ReturnType<Mode['run']> {
  const applicationId = `versus-failover-${runs++}`
  const [input, output] = [`${applicationId}-input`, `${applicationId}-output`]
  await ground.createTopic(input)
  await ground.createTopic(output)
  await ground.load(input, keys, distinctKeys())
  const start = (name: string): MeasuredProcess => {
    const settings = pinnedSettings({
      applicationId,
      bootstrapServers: ground.bootstrapServers,
      stateFolder: join(folder, name),
      guarantee,
      cacheBytes: 0,
      standbys: 1,
    })
    return new MeasuredProcess(side, { topology: 'count', store: 'persistent', input, output, ...settings })
  }
  await using first = start('first')
  const watch = new OutputWatch(ground, output)
  const feed = new Feed(ground, input, keys)
  try {
    await first.hear('state', 'RUNNING')
    await watch.until((count) => count >= keys)
    await using second = start('second')
    await second.hear('state', 'RUNNING')
    feed.start()
    await sleep(WARM_UP_MS)
    const [active, standby] = (await isWorking(first)) ? [first, second] : [second, first]
    const killedMs = Date.now()
    await active.kill()
    await watch.untilAfter(killedMs + 500)
    await feed.stop()
    const outcome = await watch.untilCounted(keys, feed.fed, guarantee === 'exactly_once_v2')
    const figures = { gapMs: watch.longestGapMs(killedMs), peakMiB: standby.peakMiB() }
    await standby.close()
    return { figures, outcome }
  } finally {
    await feed.stop()
    await watch.close()
  }
}

/** Whether the task is here: it may have moved to the instance that came later. */
async function isWorking(application: MeasuredProcess): Promise<boolean> {
  const processed = async (look: string): Promise<number> => {
    application.order(`processed ${look}`)
    return Number((await application.hear('processed', look)).words[2])
  }
  const before = await processed('before')
  await sleep(LOOK_MS)
  return (await processed('after')) > before
}

/** Writes one record after the other: key after key, round and round. */
class Feed {
  fed = 0
  readonly #ground: Ground
  readonly #input: string
  readonly #keys: number
  #isOn = false
  #done: Promise<void> = Promise.resolve()

  constructor(ground: Ground, input: string, keys: number) {
    this.#ground = ground
    this.#input = input
    this.#keys = keys
  }

  start(): void {
    this.#isOn = true
    this.#done = this.#run()
  }

  async stop(): Promise<void> {
    this.#isOn = false
    await this.#done
  }

  async #run(): Promise<void> {
    const producer = this.#ground.producer(0)
    const target = producer.target(this.#input, 0)
    const record = outgoingRecord()
    const fill = distinctKeys()
    while (this.#isOn) {
      record.timestamp = Date.now()
      fill(record, this.fed % this.#keys)
      producer.append(target, record)
      this.fed++
      await sleep(FEED_EVERY_MS)
    }
    await producer.close()
  }
}

/** Reads the counts that are put out, and remembers when they came. */
class OutputWatch {
  readonly #fetcher: ReturnType<Ground['fetcher']>
  readonly #arrivals: number[] = []
  readonly #counts = new Map<string, number>()
  readonly #done: Promise<void>
  #seen = 0
  #isClosed = false

  constructor(ground: Ground, output: string) {
    this.#fetcher = ground.fetcher()
    this.#fetcher.add({ topic: output, partition: 0 }, 0)
    this.#done = this.#run()
  }

  async until(isEnough: (seen: number) => boolean): Promise<void> {
    const deadlineMs = performance.now() + OUTPUT_PATIENCE_MS
    while (!isEnough(this.#seen)) {
      if (performance.now() > deadlineMs) throw new Error(`Waited in vain for output: ${this.#seen} records have come`)
      await sleep(20)
    }
  }

  /** Until something has come after this moment. */
  async untilAfter(atMs: number): Promise<void> {
    await this.until(() => (this.#arrivals.at(-1) ?? 0) > atMs)
  }

  /** Until what was fed is counted: as text, whether it is exactly that. */
  async untilCounted(keys: number, fed: number, isExactlyOnce: boolean): Promise<string> {
    const sum = (): number => {
      let total = 0
      for (const count of this.#counts.values()) total += count
      return total
    }
    await this.until(() => sum() >= keys + fed)
    const total = sum()
    if (!isExactlyOnce) return 'nothing lost'
    return total === keys + fed ? 'counted exactly once' : `counted ${total} of ${keys + fed}`
  }

  /** The longest time without output around a moment. */
  longestGapMs(atMs: number): number {
    const after = this.#arrivals.findIndex((arrival) => arrival > atMs)
    let longest = 0
    // What was on its way at the moment of the kill comes after it.
    for (let index = Math.max(1, after); index < this.#arrivals.length; index++) {
      longest = Math.max(longest, this.#arrivals[index]! - this.#arrivals[index - 1]!)
    }
    return longest
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#fetcher.close()
    await this.#done
  }

  async #run(): Promise<void> {
    const cursor = new RecordCursor()
    while (!this.#isClosed) {
      await this.#fetcher.whenReady()
      for (const chunk of this.#fetcher.poll()) {
        for (const batch of chunk.batches) {
          cursor.open(batch)
          while (cursor.next()) {
            this.#seen++
            const key = cursor.key()!.toString('latin1')
            const count = Number(cursor.value()!.readBigInt64BE())
            if (count > (this.#counts.get(key) ?? 0)) this.#counts.set(key, count)
          }
        }
        if (chunk.batches.length > 0) this.#arrivals.push(Date.now())
        chunk.release()
      }
    }
  }
}
