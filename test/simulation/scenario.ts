import { Prng } from '../../src/base/prng.ts'
import type { RandomFaultOptions } from '../../src/broker/faults/random-faults.ts'
import type { FaultRule } from '../../src/broker/faults/fault-rules.ts'
import type { Release } from '../../src/broker/group-host.ts'
import type { TestConfig } from '../../src/testing/test-instance.ts'
import { APPLICATION_ID, type SimulatedApplication } from './applications/application.ts'
import { applicationKinds, drawApplication } from './applications/kinds.ts'
import { drawActions, type TimedAction } from './timeline.ts'
import { drawKills, type Kill, killsOnDisk } from './kills.ts'
import { drawRequestFaults, drawUnknownEnds, type UnknownEnd } from './request-faults.ts'

/** Everything that a seed decides before its run begins. */
export interface Scenario {
  readonly seed: number
  /** For people: what kind of run it is. */
  readonly title: string
  readonly application: SimulatedApplication
  readonly isExactlyOnce: boolean
  readonly isOptimized: boolean
  readonly config: TestConfig
  /** The instances are a classic group, else a streams group. */
  readonly isClassic: boolean
  readonly cluster: {
    readonly nodes: number
    readonly release: Release
    readonly transactionVersion: 1 | 2
    readonly latencyMs: number
    readonly assignmentIntervalMs: number
    readonly sessionTimeoutMs: number
    readonly lostResponses: 'faithful' | 'corrected'
  }
  /** Stream threads of each instance: one, or two as workers. */
  readonly threads: 1 | 2
  /** How many instances the application has; each has a slot, in which it is started again after a crash. */
  readonly slotCount: number
  /** Whether the stores of a slot survive a crash of its instance. */
  readonly keepsState: boolean
  /** They do because they are on the engine `lsm` and the virtual disk; else they survive in memory. */
  readonly isOnDisk: boolean
  /** The disk of a slot is full at its so-manieth write, for so many writes; `null`: never. */
  readonly fullDisk: { readonly slot: number; readonly nth: number; readonly times: number } | null
  /** How long there is trouble. Virtual time. */
  readonly troubleMs: number
  readonly actions: readonly TimedAction[]
  readonly kills: readonly Kill[]
  readonly requestFaults: readonly FaultRule[]
  readonly unknownEnds: readonly UnknownEnd[]
  /** `null`: none. */
  readonly randomFaults: RandomFaultOptions | null
  /** At the end all instances are closed and one starts again alone: its stores must be the same. */
  readonly reopens: boolean
}

/** How often members say that they live. */
export const HEARTBEAT_INTERVAL_MS = 250

/** In requests that time out after so long no member is silent for the longest of the session time-outs: at-least-once has no zombies. */
const REQUEST_TIMEOUT_MS = 600

/** The scenario of a seed: guarantee, application, virtual disk and cache take turns, the rest is drawn. */
export function planScenario(seed: number): Scenario {
  const random = new Prng(seed)
  const mode = (['eos-tv2', 'eos-tv1', 'alos'] as const)[seed % 3]!
  const isExactlyOnce = mode !== 'alos'
  const kinds = applicationKinds(isExactlyOnce)
  const kind = kinds[Math.floor(seed / 3) % kinds.length]!
  const keepsState = Math.floor(seed / (3 * kinds.length)) % 2 === 0
  const isCached = Math.floor(seed / (6 * kinds.length)) % 2 === 1
  const partitions = 1 + random.below(3)
  const options = { partitions, guarantee: { isExactlyOnce, isCached }, random: random.fork() }
  const { application, isOptimized } = drawApplication(kind, options, random)
  // Counted, not drawn, so that what is drawn stays as it was for every seed.
  const isClassic = seed % 4 === 3
  const threads = seed % 7 === 5 ? 2 : 1
  const isOnDisk = keepsState && Math.floor(seed / 2) % 2 === 1
  const slotCount = 2 + random.below(2)
  const isRough = random.chance(0.7)
  const troubleMs = random.pick([4_000, 5_000, 5_000, 12_000])
  return {
    seed,
    title: `${kind}, ${mode}, ${isClassic ? 'classic group, ' : ''}${isCached ? 'cached' : 'not cached'}, ${isOnDisk ? 'state on disk' : keepsState ? 'state survives' : 'state is lost'}${threads === 2 ? ', two threads' : ''}${isOptimized ? ', optimized' : ''}`,
    application,
    isExactlyOnce,
    isOptimized,
    config: { ...drawConfig(random, isExactlyOnce, isCached), ...application.config },
    isClassic,
    cluster: {
      nodes: 1 + random.below(3),
      release: random.pick(['4.2', '4.3', '4.4']),
      transactionVersion: mode === 'eos-tv1' ? 1 : 2,
      latencyMs: random.below(4),
      assignmentIntervalMs: random.pick([0, 100, 300]),
      sessionTimeoutMs: isExactlyOnce ? random.pick([800, 1_500]) : 2_000,
      lostResponses: random.pick(['faithful', 'corrected']),
    },
    threads,
    slotCount,
    keepsState,
    isOnDisk,
    fullDisk: isOnDisk && seed % 5 === 0 ? { slot: seed % slotCount, nth: 10 + (seed % 37), times: 1 + (seed % 3) } : null,
    troubleMs,
    actions: drawActions(random, { slotCount, troubleMs, losesMembers: isExactlyOnce, changelogs: changelogsOf(application) }),
    kills: isOnDisk ? killsOnDisk(drawKills(random, slotCount, troubleMs)) : drawKills(random, slotCount, troubleMs),
    requestFaults: isRough ? drawRequestFaults(random, isExactlyOnce) : [],
    unknownEnds: isRough && isExactlyOnce ? drawUnknownEnds(random) : [],
    randomFaults: isRough && random.chance(0.7) ? drawRandomFaults(random) : null,
    reopens: random.chance(0.5),
  }
}

function drawConfig(random: Prng, isExactlyOnce: boolean, isCached: boolean): TestConfig {
  return {
    applicationId: APPLICATION_ID,
    processingGuarantee: isExactlyOnce ? 'exactly_once_v2' : 'at_least_once',
    commitIntervalMs: random.pick([20, 50, 100, 300]),
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    retryBackoffMs: 20,
    retryBackoffMaxMs: 100,
    pollMs: random.pick([20, 100]),
    repartitionPurgeIntervalMs: 300,
    statestoreCacheMaxBytes: isCached ? random.pick([600, 100_000]) : 0,
    statestoreUncommittedMaxBytes: random.pick([500, 100_000]),
    bufferedRecordsPerPartition: random.pick([2, 1000]),
    maxTaskIdleMs: random.pick([0, 50]),
    producer: { transactionTimeoutMs: 1_500, lingerMs: random.pick([undefined, 0, 5, 100]), batchSize: random.pick([200, 65_536]) },
    consumer: { fetchMaxWaitMs: 300 },
  }
}

function drawRandomFaults(random: Prng): RandomFaultOptions {
  return {
    seed: random.uint32(),
    cutBefore: random.pick([0.002, 0.01, 0.04]),
    cutAfter: random.pick([0.002, 0.01, 0.04]),
    stall: random.pick([0, 0.002, 0.01]),
    slow: random.pick([0, 0.02]),
    slowMaxMs: 300,
    markerDelayMaxMs: random.pick([0, 30, 200, 2_000]),
    eventIntervalMs: random.pick([100, 300, 1_000]),
    loadMaxMs: 200,
    fence: random.pick([0, 0.1, 0.3]),
  }
}

function changelogsOf(application: SimulatedApplication): readonly string[] {
  return application.stores.map(({ changelog }) => changelog).filter((changelog) => !application.inputs.includes(changelog))
}
