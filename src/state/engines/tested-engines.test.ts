// The engines that the suites of the stores and the scenarios of the oracle run on. No tests here.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { createRealEnvironment } from '../../base/real-environment.ts'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { inlineWorkers } from '../../base/workers/workers.ts'
import { inEngines } from '../contract.ts'
import type { EngineFactory } from './engine.ts'
import { lsmEngines } from './lsm/lsm-engines.ts'
import { survivingMemoryEngines } from './memory/memory-engine.ts'
import { openRocksEngines } from './rocksdb/rocksdb-engines.ts'

/** An engine that suites run on. */
export interface TestedEngine {
  readonly name: string
  /** A factory in an empty place, which keeps what is applied. */
  readonly fresh: () => EngineFactory
}

/** The names of all of them: those that `MILLRACE_ENGINES` lists are tested, without it all but RocksDB. */
export const engineNames = ['memory', 'lsm', 'rocksdb'] as const

const wanted = (process.env['MILLRACE_ENGINES'] ?? 'memory,lsm').split(',')

/** Memtables and files of a few hundred bytes, so that rows do not stay in memory. */
const tuning = { memtableBytesMax: 600, fileBytesMax: 1_500, runsMax: 2 }

function freshLsm(): EngineFactory {
  const { disk, logger } = new VirtualWorld().environment('a')
  return lsmEngines({ disk, directory: '/state', memoryBytesMax: 100_000, logger, workers: inlineWorkers(disk), tuning })
}

/** One database for all places: each has tasks of its own in it. */
async function freshRocks(): Promise<() => EngineFactory> {
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-suites-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  const shared = await openRocksEngines({ directory, memoryBytesMax: 8 * 1024 * 1024, environment: createRealEnvironment() })
  let places = 0
  return () => {
    const place = places++
    const opened = new Set<string>()
    const own = (taskId: string): string => `${place}:${taskId}`
    return {
      open: (taskId) => {
        opened.add(taskId)
        return shared.open(own(taskId))
      },
      remove: (taskId) => shared.remove(own(taskId)),
      taskIds: () => [...opened],
      close: () => {
        for (const taskId of opened) shared.remove(own(taskId))
      },
    }
  }
}

/** The engines that are wanted. */
export const testedEngines: readonly TestedEngine[] = [
  { name: 'memory', fresh: survivingMemoryEngines },
  { name: 'lsm', fresh: freshLsm },
  ...(wanted.includes('rocksdb') ? [{ name: 'rocksdb', fresh: await freshRocks() }] : []),
].filter(({ name }) => wanted.includes(name))

/** A suite of a kind of store, on each of the engines: `openState` and `freshEngines` give it in `body`. */
export function describeOnEngines(title: string, body: () => void): void {
  for (const { name, fresh } of testedEngines) {
    describe(`${title} on ${name}`, () => {
      before(() => inEngines(fresh))
      after(() => inEngines(survivingMemoryEngines))
      body()
    })
  }
}
