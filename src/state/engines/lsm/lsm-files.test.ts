import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Disk } from '../../../base/disk.ts'
import { type VirtualEnvironment, VirtualWorld } from '../../../base/virtual-environment.ts'
import { inlineWorkers, type RunningWork, type Work, type WorkResult, type Workers } from '../../../base/workers/workers.ts'
import { changes, metaAt, rowsIn, slice, type TextRow, textOf } from '../../contract.ts'
import { ByteSlice } from '../../byte-slice.ts'
import { allKeys } from '../../key-range.ts'
import type { EngineFactory, TaskEngine } from '../engine.ts'
import { lsmEngines } from './lsm-engines.ts'
import type { LsmTuning } from './lsm-options.ts'

const KEYS = 500
const keyOf = (index: number): string => `key-${String(index).padStart(5, '0')}`

function rowsFrom(start: number, count: number, value: string | null = 'v'.repeat(50)): TextRow[] {
  return Array.from({ length: count }, (_, index) => [keyOf(start + index), value])
}

function put(engine: TaskEngine, rows: readonly TextRow[], more: { below?: string; store?: string; isDurable?: boolean } = {}): void {
  const expiredBelow = more.below === undefined ? null : Buffer.from(more.below)
  engine.apply([{ store: more.store ?? 's', rows: changes(rows), meta: metaAt(1, engine), expiredBelow }], more.isDurable)
}

function keysIn(engine: TaskEngine, store = 's'): string[] {
  return rowsIn(engine.store(store).scan(allKeys, false)).map(([key]) => key)
}

interface Opened {
  readonly world: VirtualWorld
  readonly environment: VirtualEnvironment
  readonly disk: Disk
  readonly engines: EngineFactory
  /** Names of the sorted files of task 0_0. */
  readonly files: () => string[]
}

function open(tuning: Partial<LsmTuning> = {}, world = new VirtualWorld(), workersOf: (disk: Disk) => Workers = inlineWorkers): Opened {
  const environment = world.environment('a')
  const { disk, logger } = environment
  const engines = lsmEngines({ disk, directory: '/state', memoryBytesMax: 1_000_000, logger, workers: workersOf(disk), tuning })
  return { world, environment, disk, engines, files: () => disk.list('/state/0_0').filter((name) => name.endsWith('.rows')) }
}

/** Workers that do nothing until they are waited for, or told to. */
class LateWorkers implements Workers {
  readonly #inline: Workers
  readonly running: { do: () => void; isCancelled: boolean }[] = []
  waits = 0

  constructor(disk: Disk) {
    this.#inline = inlineWorkers(disk)
  }

  start<I, O>(work: Work<I, O>, input: I): RunningWork<O> {
    let result: WorkResult<O> | null = null
    const piece = { do: () => void (result ??= this.#inline.start(work, input).wait()), isCancelled: false }
    this.running.push(piece)
    return {
      poll: () => result,
      wait: () => {
        this.waits++
        piece.do()
        return result!
      },
      cancel: () => void (piece.isCancelled = true),
    }
  }

  rest(): void {}

  close(): void {}
}

describe('The files of LsmEngine', () => {
  test('are written when there are 16 MiB of rows, after 10 s with changes, by flush(), for a durable batch, and at close()', () => {
    const { engines, files } = open({ memtableBytesMax: 20_000 })
    const engine = engines.open('0_0')
    put(engine, rowsFrom(0, 10))
    engine.maintain(1_000)
    engine.maintain(10_999)
    assert.equal(files().length, 0)
    engine.maintain(11_000)
    assert.equal(files().length, 1)
    engine.maintain(90_000)
    engine.flush()
    assert.equal(files().length, 1, 'nothing was changed')
    put(engine, rowsFrom(0, 10))
    engine.flush()
    assert.equal(files().length, 2)
    put(engine, rowsFrom(0, 300))
    assert.equal(files().length, 3)
    put(engine, rowsFrom(0, 10), { isDurable: true })
    assert.equal(files().length, 1, 'four runs are merged')
    put(engine, rowsFrom(0, 10))
    engine.close()
    assert.equal(files().length, 2)
  })

  test('join one run, and are never merged, where rows come in order; the memory of the rows is used again', () => {
    let late: LateWorkers | null = null
    const { engines, files } = open({ memtableBytesMax: 20_000, fileBytesMax: 64_000 }, new VirtualWorld(), (disk) => {
      return (late = new LateWorkers(disk))
    })
    const engine = engines.open('0_0')
    for (let start = 0; start < 4000; start += 50) put(engine, rowsFrom(start, 50))
    assert.ok(files().length > 15, `${files().length}`)
    assert.equal(late!.running.length, 0)
    const found = new ByteSlice()
    for (let index = 0; index < 4000; index += 7) assert.equal(engine.store('s').get(slice(keyOf(index)), found), true)
    assert.equal(engine.store('s').get(slice(keyOf(4000)), found), false)
    const scan = engine.store('s').scan(allKeys, true)
    // Newer rows in between make runs of their own.
    for (let start = 0; start < 4000; start += 50) put(engine, rowsFrom(start, 50, start % 100 === 0 ? null : 'newer'))
    assert.equal(rowsIn(scan).filter(([, value]) => value === 'v'.repeat(50)).length, 4000)
    assert.ok(late!.running.length > 0)
    engine.close()
    const again = engines.open('0_0')
    assert.equal(keysIn(again).length, 2000)
    assert.equal(again.store('s').get(slice(keyOf(51)), found), true)
    assert.equal(textOf(found), 'newer')
  })

  test('that no manifest names are removed when the task is opened', () => {
    const { world, disk, engines, files } = open()
    const engine = engines.open('0_0')
    put(engine, rowsFrom(0, 10))
    engine.close()
    for (const name of ['0000000009.rows', 'manifest.new', 'of-somebody-else']) world.disk.write(`/state/0_0/${name}`, Buffer.from('x'))
    assert.deepEqual(keysIn(engines.open('0_0')).length, 10)
    assert.deepEqual(disk.list('/state/0_0'), ['0000000001.rows', 'manifest', 'of-somebody-else'])
    assert.equal(files().length, 1)
  })

  test('are all removed when one is damaged: the task begins empty, and the log names the file', () => {
    const { world, environment, engines, files } = open()
    const engine = engines.open('0_0')
    put(engine, rowsFrom(0, 10))
    engine.close()
    world.disk.damage('/state/0_0/0000000001.rows', (content) => content.subarray(1))
    const again = engines.open('0_0')
    assert.deepEqual(keysIn(again), [])
    assert.equal(again.readMeta('s'), null)
    assert.deepEqual(files(), [])
    const [entry] = environment.logEntries
    assert.equal(entry!.level, 'error')
    assert.match(
      entry!.message,
      /^The state of task 0_0 is removed, .* "\/state\/0_0\/0000000001.rows": it has \d+ bytes, the manifest says/,
    )
    put(again, rowsFrom(0, 5))
    again.close()
    assert.equal(keysIn(engines.open('0_0')).length, 5)
  })

  test('of a later version are left behind with a line in the log', () => {
    const { world, environment, engines } = open()
    const engine = engines.open('0_0')
    put(engine, rowsFrom(0, 10))
    engine.close()
    world.disk.damage('/state/0_0/manifest', (content) => content.fill(9, 11, 12))
    engines.open('0_0')
    assert.match(environment.logEntries[0]!.message, /"\/state\/0_0\/manifest": it does not have its checksum/)
  })

  test('stay readable for a cursor across merges, wipe and close, and are closed with it', () => {
    const { engines, files } = open({ runsMax: 2 })
    const engine = engines.open('0_0')
    put(engine, rowsFrom(0, KEYS))
    engine.flush()
    const cursor = engine.store('s').scan(allKeys, true)
    assert.ok(cursor.next())
    for (let round = 0; round < 4; round++) {
      put(engine, rowsFrom(0, KEYS, null))
      engine.flush()
    }
    engine.wipe('s')
    engine.close()
    assert.equal(files().length, 0)
    assert.deepEqual(rowsIn(cursor), rowsFrom(0, KEYS - 1).toReversed())
  })

  test('shrink when rows are deleted, expire, or their store is wiped', () => {
    const { disk, engines, files } = open({ fileBytesMax: 4_000 })
    const bytes = (): number => files().reduce((sum, name) => sum + disk.openToRead(`/state/0_0/${name}`)!.size, 0)
    const engine = engines.open('0_0')
    put(engine, rowsFrom(0, KEYS))
    put(engine, rowsFrom(0, KEYS / 2), { store: 't' })
    engine.flush()
    const all = bytes()
    // Whole files, and those that are dead for the greater part.
    put(engine, [], { below: keyOf(KEYS - 10) })
    engine.flush()
    assert.deepEqual(
      keysIn(engine),
      rowsFrom(KEYS - 10, 10).map(([key]) => key),
    )
    assert.ok(bytes() < all * 0.4, `${bytes()} of ${all}`)
    engine.wipe('t')
    engine.flush()
    assert.ok(bytes() < all * 0.1, `${bytes()} of ${all}`)
    put(engine, rowsFrom(KEYS - 10, 10, null))
    for (let round = 0; round < 4; round++) {
      put(engine, [[keyOf(KEYS + round), 'v']])
      engine.flush()
    }
    assert.deepEqual(
      keysIn(engine),
      rowsFrom(KEYS, 4).map(([key]) => key),
    )
    assert.equal(engine.store('s').rowCount, 4, 'tombstones are gone')
    // The mark holds for what is put later, too.
    put(engine, [[keyOf(1), 'late']])
    const found = new ByteSlice()
    assert.equal(engine.store('s').get(slice(keyOf(1)), found), false)
    engine.close()
  })

  test('are merged in the background; what merges make is taken in by maintain()', () => {
    let workers: LateWorkers | null = null
    const { engines, files } = open({}, new VirtualWorld(), (disk) => (workers = new LateWorkers(disk)))
    const engine = engines.open('0_0')
    for (let round = 0; round < 4; round++) {
      put(engine, rowsFrom(round * 10, 20, `round ${round}`))
      engine.flush()
    }
    assert.deepEqual([files().length, workers!.running.length, workers!.waits], [4, 1, 0])
    // The merge works on files that do not change; what happens meanwhile comes on top.
    put(engine, rowsFrom(0, 5, 'meanwhile'))
    engine.flush()
    workers!.running[0]!.do()
    engine.maintain(0)
    assert.equal(files().length, 2)
    const expected = new Map([0, 1, 2, 3].flatMap((round) => rowsFrom(round * 10, 20, `round ${round}`)))
    for (const [key, value] of rowsFrom(0, 5, 'meanwhile')) expected.set(key, value)
    assert.deepEqual(rowsIn(engine.store('s').scan(allKeys, false)), [...expected])
    engine.close()
  })

  test('keep their names while a merge reads them, even when all their rows have expired meanwhile', () => {
    let workers: LateWorkers | null = null
    const { engines, files } = open({}, new VirtualWorld(), (disk) => (workers = new LateWorkers(disk)))
    const engine = engines.open('0_0')
    for (let round = 0; round < 4; round++) {
      put(engine, rowsFrom(round * 10, 10))
      engine.flush()
    }
    assert.equal(workers!.running.length, 1)
    put(engine, [], { below: keyOf(25) })
    engine.flush()
    assert.equal(files().length, 4)
    workers!.running[0]!.do()
    engine.maintain(0)
    assert.equal(files().length, 1)
    assert.deepEqual(
      keysIn(engine),
      rowsFrom(25, 15).map(([key]) => key),
    )
    put(engine, [], { below: keyOf(40) })
    engine.flush()
    assert.equal(files().length, 0)
    engine.close()
  })

  test('do not pile up when merges are too slow: a flush waits for one', () => {
    let workers: LateWorkers | null = null
    const { engines, files } = open({ waitingRunsMax: 8 }, new VirtualWorld(), (disk) => (workers = new LateWorkers(disk)))
    const engine = engines.open('0_0')
    let most = 0
    for (let round = 0; round < 100; round++) {
      put(engine, rowsFrom(round * 10, 20, `round ${round}`))
      engine.flush()
      most = Math.max(most, files().length)
    }
    assert.ok(workers!.waits > 5)
    // Of three levels.
    assert.ok(most < 24, `${most} files`)
    assert.equal(keysIn(engine).length, 1010)
    engine.close()
    assert.ok(workers!.running.some(({ isCancelled }) => isCancelled) || workers!.running.length === workers!.waits)
  })

  test('of a merge that was under way at close() are not there when the task is opened again', () => {
    let workers: LateWorkers | null = null
    const { engines, files } = open({}, new VirtualWorld(), (disk) => (workers = new LateWorkers(disk)))
    const engine = engines.open('0_0')
    for (let round = 0; round < 4; round++) {
      put(engine, rowsFrom(round * 10, 20))
      engine.flush()
    }
    const before = files()
    workers!.running[0]!.do()
    engine.close()
    assert.ok(workers!.running[0]!.isCancelled)
    const again = engines.open('0_0')
    assert.deepEqual(files(), before)
    assert.equal(keysIn(again).length, 50)
  })

  test('of stores that a wipe or a mark has emptied come back with them when the process dies before the next flush', () => {
    const world = new VirtualWorld()
    const first = open({ runsMax: 2 }, world)
    const engine = first.engines.open('0_0')
    for (const store of ['s', 't']) put(engine, rowsFrom(0, KEYS), { store })
    engine.flush()
    engine.wipe('s')
    put(engine, [], { store: 't', below: keyOf(KEYS) })
    // Whatever is merged from here on depends on what is durable.
    engine.maintain(0)
    first.environment.lifeline.cut()
    const again = open({ runsMax: 2 }, world).engines.open('0_0')
    assert.deepEqual([keysIn(again).length, keysIn(again, 't').length], [KEYS, KEYS])
    assert.equal(again.readMeta('s')?.offset, 1)
  })

  test('serve what does not fit into memory', () => {
    const { engines } = open({ memtableBytesMax: 100_000, fileBytesMax: 200_000 })
    const engine = engines.open('0_0')
    const count = 20_000
    for (let start = 0; start < count; start += 1000) put(engine, rowsFrom(start, 1000, 'x'.repeat(100)))
    const found = new ByteSlice()
    for (let index = 0; index < count; index += 7) {
      assert.ok(engine.store('s').get(slice(keyOf(index)), found))
      assert.equal(textOf(found).length, 100)
      assert.equal(engine.store('s').get(slice(`${keyOf(index)}x`), found), false)
    }
    assert.equal(engine.store('s').rowCount, count)
    engine.close()
  })
})
