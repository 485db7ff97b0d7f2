import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualWorld } from '../src/base/virtual-environment.ts'
import { readBatches, verifyCrc } from '../src/record/batch-reader.ts'
import { recordHeaders } from '../src/record/record-headers.ts'
import { ChangelogRecords } from '../src/runtime/restore/changelog-records.ts'
import type { Serde } from '../src/serdes/serde.ts'
import { serdes } from '../src/serdes/serdes.ts'
import type { EngineFactory } from '../src/state/engines/engine.ts'
import { TaskState } from '../src/state/task-state.ts'
import { type MeasuredEngine, openEngine } from './engines/open-engine.ts'
import { GrowingKeys } from './growth/growing-keys.ts'
import { responsesOf } from './input.ts'
import type { BenchCase, Benchmark } from './measure.ts'

const MEMORY_BYTES_MAX = 256 * 2 ** 20
/** Batches of 64 KiB: about what a broker gives at a time. */
const BATCHES_PER_RESPONSE = 16

/** `restore`: fetched changelog records into an empty store with timestamps, closed at the end; nothing is fetched. */
export const restore: Benchmark = {
  name: 'restore',
  title: 'fetched changelog records into an empty store; 16-byte keys, three in four of them new, 100-byte values',
  open(size) {
    const responses = responsesOf(new GrowingKeys().take(size === 'smoke' ? 200 : 200_000), BATCHES_PER_RESPONSE)
    return [restoreCase('memory', responses), restoreCase('lsm', responses)]
  },
}

function restoreCase(engine: MeasuredEngine, responses: readonly Buffer[]): BenchCase {
  let folder: string
  let factory: EngineFactory
  return {
    name: `restore, ${engine}`,
    unit: 'records',
    prepare: async () => {
      folder = mkdtempSync(join(tmpdir(), 'millrace-restore-'))
      factory = await openEngine(engine, folder, MEMORY_BYTES_MAX)
    },
    run: () => {
      const task = openTask(factory)
      let records = 0
      for (const response of responses) {
        const batches = readBatches(response, 0, response.length)
        for (const batch of batches) verifyCrc(batch)
        const next = batches.at(-1)!.lastOffset + 1
        const restored = new ChangelogRecords(batches, 0, next)
        task.restore('store', restored, next - 1)
        records += restored.count
      }
      task.close()
      return records
    },
    finish: () => {
      factory.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function openTask(engines: EngineFactory): TaskState {
  const { clock, logger } = new VirtualWorld().environment('bench')
  return new TaskState({
    applicationId: 'bench',
    taskId: '0_0',
    stores: [
      {
        name: 'store',
        kind: 'key-value',
        format: 'timestamped',
        key: serdes.bytes as Serde<unknown>,
        value: serdes.bytes as Serde<unknown>,
        caching: false,
        changelog: { kind: 'own', topic: 'store-changelog' },
        supplier: 'persistent',
        engine: 'auto',
      },
    ],
    engines,
    recordContext: { topic: null, partition: -1, offset: -1, timestamp: 0, headers: recordHeaders() },
    changelogOf: () => null,
    expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
    cache: null,
    clock,
    logger,
  })
}
