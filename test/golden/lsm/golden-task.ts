import { VirtualWorld } from '../../../src/base/virtual-environment.ts'
import { inlineWorkers } from '../../../src/base/workers/workers.ts'
import { changes, rowsIn, type TextRow } from '../../../src/state/contract.ts'
import type { TaskEngine } from '../../../src/state/engines/engine.ts'
import { lsmEngines } from '../../../src/state/engines/lsm/lsm-engines.ts'
import { allKeys } from '../../../src/state/key-range.ts'
import type { StoreMeta } from '../../../src/state/store-meta.ts'

/** Where the task is on the disk of its world. */
export const DIRECTORY = '/state/0_0'

/** A task whose files are compared with those that an earlier version has written. */
export interface GoldenTask {
  readonly world: VirtualWorld
  readonly engine: TaskEngine
  readonly warnings: () => readonly string[]
}

/** Opens the task in a world; without one it is new. */
export function openTask(world: VirtualWorld = new VirtualWorld()): GoldenTask {
  const { disk, logger, logEntries } = world.environment('golden')
  // Small files, so that a few kilobytes have all there is: levels, runs of several files, blocks with several restarts.
  const tuning = { memtableBytesMax: 6_000, fileBytesMax: 5_000 }
  const engines = lsmEngines({ disk, directory: '/state', memoryBytesMax: 1_000_000, logger, workers: inlineWorkers(disk), tuning })
  return { world, engine: engines.open('0_0'), warnings: () => logEntries.map(({ message }) => message) }
}

/** Does to a new task what the golden files are the outcome of. */
export function fillTask(engine: TaskEngine): void {
  for (let round = 0; round < 9; round++) {
    engine.apply([
      { store: 'counts', rows: changes(countsOf(round)), meta: metaOf(round * 100), expiredBelow: null },
      { store: 'windows', rows: changes(windowsOf(round)), meta: timedMetaOf(round), expiredBelow: Buffer.from(`0${round >>> 1}`) },
      { store: 'wiped', rows: changes([['gone', `${round}`]]), meta: metaOf(round), expiredBelow: null },
    ])
    if (round === 4) engine.wipe('wiped')
    engine.flush()
  }
  engine.apply([{ store: 'odd keys, \u00e4\u{1f600}', rows: changes(oddRows), meta: null, expiredBelow: null }], true)
}

/** The content of the task as the files of a version say: meta rows and rows in latin1. */
export interface GoldenContent {
  readonly [store: string]: { readonly meta: StoreMeta | null; readonly rows: readonly TextRow[] }
}

/** What is in the task. */
export function contentOf(engine: TaskEngine): GoldenContent {
  const stores = ['counts', 'windows', 'wiped', 'odd keys, \u00e4\u{1f600}']
  return Object.fromEntries(
    stores.map((store) => [store, { meta: engine.readMeta(store), rows: rowsIn(engine.store(store).scan(allKeys, false)) }]),
  )
}

/** Rows that come again, change and go. */
function countsOf(round: number): TextRow[] {
  return Array.from({ length: 40 }, (_, index): TextRow => {
    const number = (round * 13 + index * 7) % 150
    return [`customer-${number}`, (number + round) % 6 === 0 ? null : `${number} orders in round ${round}`]
  })
}

/** Rows that expire. */
function windowsOf(round: number): TextRow[] {
  return Array.from({ length: 12 }, (_, index): TextRow => [`0${round}:key-${index}`, 'w'.repeat((round * 29 + index * 17) % 160)])
}

const oddRows: readonly TextRow[] = [
  ['', 'the empty key'],
  ['\0', ''],
  ['\u00ff\u00ff', 'the last'],
  ['k'.repeat(300), 'v'.repeat(9_000)],
  ['k'.repeat(299), 'x'],
]

function metaOf(offset: number): StoreMeta {
  return { formatVersion: 1, engine: 'lsm', clusterId: 'cluster', topicId: 'topic', offset, commitTimeMs: 1_700_000_000_000 + offset }
}

function timedMetaOf(round: number): StoreMeta {
  return { ...metaOf(round), topicId: null, times: { storeTime: round * 1000, operatorTime: round * 1000 + 5, sequence: round } }
}
