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
import { keyedValues, responsesOf } from './input.ts'
import type { BenchCase, Benchmark } from './measure.ts'

const TASK = '0_0'
const MEMORY_BYTES_MAX = 256 * 2 ** 20
/** Batches of 64 KiB: about what a broker gives at a time. */
const BATCHES_PER_RESPONSE = 16

/** `restore`: fetched changelog records into an empty store with timestamps, closed at the end; nothing is fetched. */
export const restore: Benchmark = {
  name: 'restore',
  title: 'fetched changelog records into an empty store; 100-byte values; keys in no order, of which three in four are new, or in order',
  open(size) {
    const count = size === 'smoke' ? 200 : 200_000
    const growing = responsesOf(new GrowingKeys().take(count), BATCHES_PER_RESPONSE)
    const ordered = responsesOf(
      keyedValues(count, 100).map(({ value }, index) => ({ key: `k${String(index).padStart(9, '0')}`, value })),
      BATCHES_PER_RESPONSE,
    )
    const engines: readonly MeasuredEngine[] = ['memory', 'lsm']
    return engines.flatMap((engine) => [restoreCase(engine, 'no order', growing), restoreCase(engine, 'in order', ordered)])
  },
}

function restoreCase(engine: MeasuredEngine, order: string, responses: readonly Buffer[]): BenchCase {
  let folder: string
  let factory: EngineFactory
  return {
    name: `restore, ${engine}, keys ${order}`,
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
      // The next run begins with nothing, too.
      factory.remove(TASK)
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
    taskId: TASK,
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
