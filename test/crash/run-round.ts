import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prng } from '../../src/base/prng.ts'
import { EmbeddedCluster } from '../../src/broker/embedded-cluster.ts'
import type { StoredRecord } from '../../src/broker/log/direct-read.ts'
import { listen } from '../../src/entry/listen.ts'
import { changelogOf, type StoreName, storeNames } from './crash-stores.ts'
import { CrashedProcess } from './crashed-process.ts'
import { FoldedLog } from './folded-log.ts'
import { type ReplayLimits, replayLimits } from './open-engines.ts'
import type { Deed, Report } from './reports.ts'
import type { Round } from './rounds.ts'
import { differenceOf, type StoreDump } from './store-dump.ts'

/** What came of the kills of a round. */
export interface RoundResult {
  /** Kills after which something was wrong. */
  readonly bad: number
  readonly problems: readonly string[]
  /** How often the stores were compared. */
  readonly comparisons: number
  /** What the processes did before they were killed. */
  readonly did: Readonly<Partial<Record<Deed, number>>>
  /** Records that were replayed after kills, the most after one, and what was replayed after the round was closed in peace. */
  readonly replayed: { readonly total: number; readonly most: number; readonly afterClose: number }
}

/** A kill while the process opens or restores, and not while it works. */
const EARLY_CHANCE = 0.2
const EARLY_MS = 400
const SHORT_LIFE_MS = 250
const DEEDS_MAX = 15
/** From the end of a deed to somewhere in the next one. */
const REST_MS = 30
const LONG_LIFE_CHANCE = 0.15
const LONG_LIFE_MS = 2_500

/** Runs a round: a process with its stores, killed so and so often, its stores compared with the changelogs after each start. */
export async function runRound(round: Round): Promise<RoundResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-crash-'))
  const cluster = new EmbeddedCluster({ transactionVersion: round.transactionVersion })
  const listening = await listen(cluster)
  try {
    for (const store of storeNames) cluster.createTopic(changelogOf(store), { partitions: 1 })
    return await new RunningRound(round, { cluster, bootstrapServers: listening.bootstrapServers, folder }).run()
  } finally {
    await listening.close()
    cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Ground {
  readonly cluster: EmbeddedCluster
  readonly bootstrapServers: string
  readonly folder: string
}

/** What happened in the life before that bears upon how much is replayed. */
interface LastLife {
  /** When its engine was told to do what is due. */
  readonly maintainedMs: readonly number[]
  /** Whether it had replayed all there was. */
  readonly isRestored: boolean
  /** Stores that were emptied: what is replayed of them may be everything. */
  readonly wiped: ReadonlySet<StoreName>
  readonly isClosed: boolean
}

/** How far two clocks of one machine may be apart. */
const CLOCKS_MS = 50

class RunningRound {
  readonly #round: Round
  readonly #ground: Ground
  readonly #random: Prng
  readonly #epochMs = Date.now()
  readonly #logs: ReadonlyMap<StoreName, FoldedLog>
  readonly #limits: ReplayLimits | null
  readonly #problems: string[] = []
  #lastLife: LastLife | null = null
  readonly #did: Partial<Record<Deed, number>> = {}
  #bad = 0
  #comparisons = 0
  #replayed = { total: 0, most: 0, afterClose: 0 }

  constructor(round: Round, ground: Ground) {
    this.#round = round
    this.#ground = ground
    this.#random = new Prng(round.seed)
    this.#limits = replayLimits[round.engine]
    const { cluster } = ground
    this.#logs = new Map(
      storeNames.map((store) => [
        store,
        new FoldedLog(store, (from) => cluster.read(changelogOf(store), 0, { isolation: 'read_committed', from })),
      ]),
    )
  }

  async run(): Promise<RoundResult> {
    for (let kill = 0; kill < this.#round.kills; kill++) await this.#life(kill, 'kill')
    // One more life sees what the last kill left and closes in peace, another one that it has nothing to replay.
    await this.#life(this.#round.kills, 'close')
    await this.#life(this.#round.kills + 1, 'close')
    return { bad: this.#bad, problems: this.#problems, comparisons: this.#comparisons, did: this.#did, replayed: this.#replayed }
  }

  async #life(number: number, end: 'kill' | 'close'): Promise<void> {
    const { engine, guarantee, mutant } = this.#round
    const { bootstrapServers, folder } = this.#ground
    const settings = { engine, guarantee, mutant, bootstrapServers, folder, epochMs: this.#epochMs, seed: this.#random.uint32() }
    const child = new CrashedProcess(settings)
    const known = this.#problems.length
    const reports: Report[] = []
    if (end === 'kill' && this.#random.chance(EARLY_CHANCE)) void this.#killAfter(child, this.#random.below(EARLY_MS))
    try {
      for (let report = await child.next(); report !== null; report = await child.next()) {
        reports.push(report)
        if (report.kind === 'closed') break
        this.#judge(report, `life ${number + 1}`)
        if (report.kind === 'opened' || report.kind === 'restored') child.tell('go-on')
        if (report.kind === 'running') void this.#endLife(child, end)
      }
    } catch (error) {
      this.#problems.push(`life ${number + 1}: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      if (reports.at(-1)?.kind !== 'closed') child.kill()
      await child.gone()
    }
    if (this.#problems.length > known) this.#bad++
    this.#lastLife = lastLife(reports)
  }

  async #killAfter(child: CrashedProcess, ms: number): Promise<void> {
    await sleep(ms)
    child.kill()
  }

  /** Lets the process work for a while, and for some deeds at least, however slow the machine is. */
  async #endLife(child: CrashedProcess, end: 'kill' | 'close'): Promise<void> {
    const deeds = this.#random.below(DEEDS_MAX)
    const lifeMs = this.#lifeMs()
    const restMs = this.#random.below(REST_MS)
    await sleep(lifeMs)
    await child.whenSaid('did', deeds)
    await sleep(restMs)
    if (end === 'close') child.tell('close')
    else child.kill()
  }

  #lifeMs(): number {
    return this.#random.below(this.#random.chance(LONG_LIFE_CHANCE) ? LONG_LIFE_MS : SHORT_LIFE_MS)
  }

  #judge(report: Report, life: string): void {
    if (report.kind === 'did') this.#did[report.what] = (this.#did[report.what] ?? 0) + 1
    if (report.kind === 'opened') {
      for (const dump of report.stores) {
        this.#compare(dump, this.#log(dump).rowsAt(dump.storedOffset), `${life}, as it was opened`)
        this.#judgeReplay(dump, life)
      }
    }
    if (report.kind === 'restored') {
      for (const dump of report.stores) this.#compare(dump, this.#log(dump).rowsAtEnd(), `${life}, after the replay`)
      this.#countReplayed(Object.values(report.replayed).reduce((sum, records) => sum + records, 0))
    }
  }

  #log({ store }: StoreDump): FoldedLog {
    return this.#logs.get(store)!
  }

  #compare({ store, storedOffset, rows }: StoreDump, expected: StoreDump['rows'], when: string): void {
    this.#comparisons++
    const difference = differenceOf(expected, rows)
    if (difference !== null) this.#problems.push(`${when}, store "${store}" at offset ${storedOffset}: ${difference}`)
  }

  #countReplayed(records: number): void {
    if (this.#lastLife === null) return
    if (this.#lastLife.isClosed) this.#replayed.afterClose += records
    else {
      this.#replayed.total += records
      this.#replayed.most = Math.max(this.#replayed.most, records)
    }
  }

  /** Whether more is to be replayed than the engine may have kept from its disk. */
  #judgeReplay(dump: StoreDump, life: string): void {
    const last = this.#lastLife
    if (this.#limits === null || last === null || !last.isRestored || last.wiped.has(dump.store)) return
    const records = this.#log(dump).recordsAfter(dump.storedOffset)
    const where = `${life}, store "${dump.store}" at offset ${dump.storedOffset}`
    if (last.isClosed && records.length > 0) {
      this.#problems.push(`${where}: ${records.length} records are to be replayed although the process before closed in peace`)
    }
    const problem = excessOf(records, last.maintainedMs, this.#limits)
    if (problem !== null) this.#problems.push(`${where}: ${problem}`)
  }
}

function lastLife(reports: readonly Report[]): LastLife {
  return {
    maintainedMs: reports.flatMap((report) => (report.kind === 'maintained' ? [report.atMs] : [])),
    isRestored: reports.some(({ kind }) => kind === 'restored'),
    wiped: new Set(reports.flatMap((report) => (report.kind === 'wiping' ? [report.store] : []))),
    isClosed: reports.at(-1)?.kind === 'closed',
  }
}

/** What of the records after the stored offset should have been on the disk; `null`: nothing. */
function excessOf(records: readonly StoredRecord[], maintainedMs: readonly number[], limits: ReplayLimits): string | null {
  const lastMs = maintainedMs.at(-1)
  if (lastMs === undefined) return null
  const sizes = new Map<string, number>()
  for (const { key, value, timestamp } of records) {
    const firstMs = maintainedMs.find((atMs) => atMs > timestamp)
    // What came after the engine was last told was perhaps not applied any more; what came before was there when the process started.
    if (firstMs === undefined || timestamp < maintainedMs[0]!) continue
    sizes.set(key!.toString('latin1'), key!.length + (value?.length ?? 0))
    if (lastMs - firstMs > limits.ageMs + CLOCKS_MS) return `a record is to be replayed that had been applied for ${lastMs - firstMs} ms`
  }
  let bytes = 0
  for (const size of sizes.values()) bytes += size
  return bytes > limits.bytes ? `${bytes} bytes are to be replayed, more than ${limits.bytes}` : null
}
