import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readInt64 } from '../../base/int64.ts'
import { serdes } from '../../serdes/serdes.ts'
import type { Serde } from '../../serdes/serde.ts'
import { openState, type OpenedState, restoreRecords, textStore } from '../contract.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from '../engines/engine.ts'
import { memoryEngines } from '../engines/memory/memory-engine.ts'
import { sessionLayout } from '../sessions/session-layout.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { StoreDefinition } from '../store-definition.ts'
import type { VersionedKeyValueStore } from '../versioned/versioned-key-value-store.ts'
import { versionLayout } from '../versioned/version-layout.ts'
import { windowLayout } from './window-layout.ts'
import type { WindowStore } from './window-store.ts'

const SEGMENT = 60_000
const RETENTION = 2 * SEGMENT

/** What an engine was given: the mark as a segment, the keys that were written, and those that were deleted. */
interface Applied {
  readonly mark: number | null
  readonly written: number
  readonly deleted: number
}

/** Engines in memory that tell what they are given. */
function told(applied: Applied[]): EngineFactory {
  const note = ({ rows, expiredBelow, ...rest }: StoreBatch): StoreBatch => {
    const counts = { written: 0, deleted: 0 }
    applied.push(
      Object.defineProperties({} as Applied, {
        mark: { value: expiredBelow === null ? null : readInt64(expiredBelow, 0), enumerable: true },
        written: { get: () => counts.written, enumerable: true },
        deleted: { get: () => counts.deleted, enumerable: true },
      }),
    )
    const counted = {
      key: rows.key,
      value: rows.value,
      get isTombstone() {
        return rows.isTombstone
      },
      next: () => {
        const isThere = rows.next()
        if (isThere) counts[rows.isTombstone ? 'deleted' : 'written']++
        return isThere
      },
      close: () => rows.close(),
    }
    return { ...rest, rows: counted, expiredBelow }
  }
  return {
    ...memoryEngines,
    open: (taskId) => {
      const engine = memoryEngines.open(taskId)
      const wrapped: TaskEngine = {
        kind: engine.kind,
        store: (name) => engine.store(name),
        readMeta: (store) => engine.readMeta(store),
        apply: (batches, isDurable) => engine.apply(batches.map(note), isDurable),
        wipe: (store) => engine.wipe(store),
        flush: () => engine.flush(),
        maintain: (nowMs) => engine.maintain(nowMs),
        close: () => engine.close(),
      }
      return wrapped
    },
  }
}

const windows = textStore('s', {
  kind: 'window',
  window: windowLayout({ sizeMs: 10, retentionMs: RETENTION, isExact: false, retainsDuplicates: false }),
})
const sessions = textStore('s', {
  kind: 'session',
  session: sessionLayout({ retentionMs: RETENTION, isExact: false, hasEndIndex: false }),
})
const versions = textStore('s', { kind: 'versioned', value: serdes.string as Serde<unknown>, versions: versionLayout(RETENTION, SEGMENT) })

const put: Readonly<Record<string, (opened: OpenedState, key: string, time: number) => void>> = {
  window: ({ state }, key, time) => (state.store('s') as WindowStore<string, string>).put(key, `${time}`, time),
  session: ({ state }, key, time) =>
    (state.store('s') as SessionStore<string, string>).put({ key, window: { start: time, end: time } }, `${time}`),
  versioned: ({ state }, key, time) => void (state.store('s') as VersionedKeyValueStore<string, string>).put(key, `${time}`, time),
}

function count(opened: OpenedState): number {
  return opened.state.statistics('s').rowCount
}

for (const definition of [windows, sessions, versions] satisfies StoreDefinition[]) {
  describe(`expiry of a store of the kind ${definition.kind}`, () => {
    const put2 = (opened: OpenedState, time: number): void => {
      for (const key of ['a', 'b']) put[definition.kind]!(opened, key, time)
    }

    test('removes rows by a mark in the batch, not one by one', () => {
      const applied: Applied[] = []
      const opened = openState([definition], { engines: told(applied) })
      for (let segment = 0; segment < 3; segment++) put2(opened, segment * SEGMENT)
      opened.state.apply(new Map())
      const before = count(opened)
      put2(opened, 4 * SEGMENT)
      const hidden = before + 2 - count(opened)
      assert.ok(hidden > 0 || definition.kind === 'versioned', 'the rows are hidden at once')
      opened.state.apply(new Map())
      assert.deepEqual(
        applied.map(({ mark, deleted }) => [mark, deleted]),
        [
          [null, 0],
          [2, 0],
        ],
      )
      const kept = count(opened)
      opened.state.apply(new Map())
      assert.equal(count(opened), kept)
    })

    test('drop() forgets the mark, and what is put again sets it again', () => {
      const applied: Applied[] = []
      const opened = openState([definition], { engines: told(applied) })
      put2(opened, 0)
      put2(opened, 1)
      opened.state.apply(new Map())
      const before = count(opened)
      for (let round = 0; round < 2; round++) {
        put2(opened, 10 * SEGMENT)
        opened.state.drop()
        assert.equal(count(opened), before)
      }
      put2(opened, 10 * SEGMENT)
      opened.state.apply(new Map())
      assert.equal(applied.at(-1)!.mark, 8)
    })

    test('a restore carries the mark of the time that it comes to', () => {
      const opened = openState([definition])
      for (let segment = 0; segment < 6; segment++) put2(opened, segment * SEGMENT)
      const applied: Applied[] = []
      const restored = openState([definition], { engines: told(applied) })
      const records = restoreRecords(opened.changelog, 's', 0)
      restored.state.restore('s', records, records.length - 1)
      opened.state.apply(new Map())
      assert.equal(applied[0]!.mark, 3)
      assert.equal(count(restored), count(opened))
    })
  })
}
