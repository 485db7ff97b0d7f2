// The engine contract: a disk that is full or fails, and files that are not what was written. No tests here.
import assert from 'node:assert/strict'
import { callsThatWrite } from '../../base/disk/disk-faults.ts'
import { Prng } from '../../base/prng.ts'
import { rowsIn, slice, textOf } from '../contract.ts'
import { allKeys } from '../key-range.ts'
import type { TaskEngine } from './engine.ts'
import { runScript, writesOfScript } from './contract-crashes.test.ts'
import {
  type EngineCase,
  attempt,
  contentOf,
  type EnginePlace,
  History,
  isDiskFailure,
  isSame,
  type StoreContent,
  storeNames,
  TASK,
} from './contract-scene.test.ts'

/** The disk refuses the n-th write, and `times` - 1 after it, for every n. */
async function fullCase(place: EnginePlace, times: number): Promise<void> {
  const writes = await writesOfScript(place)
  const { faults } = place.disk!
  for (let nth = 1; nth <= writes; nth++) {
    faults.add({ calls: callsThatWrite, nth, times, outcome: 'ENOSPC' })
    const history = new History()
    const engines = await place.start()
    let engine: TaskEngine | null = null
    // Whatever is not said to have failed must be found again.
    attempt(() => {
      engine = engines.open(TASK)
      runScript(engine, history)
    })
    attempt(() => engine?.close())
    faults.clear()
    const again = (await place.start()).open(TASK)
    history.recover(again)
    assert.deepEqual(place.warnings, [], `A full disk in write ${nth} damages nothing`)
    again.close()
    place.files!.replace(new Map())
  }
}

/** The disk fails in the n-th read, for every n: the reader is told, or gets what is there. */
async function readErrorCase(place: EnginePlace, outcome: string): Promise<void> {
  const history = new History()
  runScript((await place.start()).open(TASK), history)
  const { faults } = place.disk!
  const before = faults.countOf(['read'])
  await readAll(place, history)
  const reads = faults.countOf(['read']) - before
  assert.ok(reads > 3, 'The engine reads its files')
  const files = await place.files!.read()
  for (let nth = 1; nth <= reads; nth++) {
    place.files!.replace(files)
    faults.add({ calls: ['read'], nth, outcome })
    await readAll(place, history)
    faults.clear()
  }
}

/** Opens the task and reads all of it in every way; what is given must be what is expected, unless a store is detected to be damaged. */
async function readAll(place: EnginePlace, { current }: History): Promise<void> {
  const engines = await place.start()
  let engine: TaskEngine | null = null
  attempt(() => (engine = engines.open(TASK)))
  if (engine !== null) for (const store of storeNames) readStore(place, engine, store, current.content(store))
  attempt(() => engine?.close())
  attempt(() => engines.close())
}

function readStore(place: EnginePlace, engine: TaskEngine, store: string, expected: StoreContent): void {
  const isTold = (): boolean => place.warnings.length > 0
  let found: StoreContent | null = null
  attempt(() => (found = contentOf(engine, store)))
  if (found !== null && !isSame(found, expected)) {
    // An engine may fall back to an earlier state, which the offset tells, or to none; but it must say so.
    assert.ok(isTold(), `Store "${store}" has other rows, and the log says nothing`)
    const { offset, rows } = found as StoreContent
    assert.ok(offset === null ? rows.length === 0 : offset < (expected.offset ?? 0), `Store "${store}" has the rows that its offset says`)
    return
  }
  attempt(() => {
    const reverse = rowsIn(engine.store(store).scan(allKeys, true))
    if (found !== null || !isTold()) assert.deepEqual(reverse, expected.rows.toReversed())
  })
  const value = slice('')
  for (const [key, text] of expected.rows) {
    attempt(() => {
      const isFound = engine.store(store).get(slice(key), value)
      if (found !== null || !isTold()) assert.equal(isFound ? textOf(value) : null, text)
    })
  }
}

type Damage = (content: Buffer) => Buffer | null

/** What can happen to a file of this many bytes; `null` = it is gone. */
function* damagesOf(size: number, random: Prng): Generator<readonly [string, Damage]> {
  yield ['missing', () => null]
  for (const length of new Set([0, 1, size >>> 1, size - 1])) {
    if (length >= 0 && length < size) yield [`cut to ${length} bytes`, (content) => content.subarray(0, length)]
  }
  yield ['longer', (content) => Buffer.concat([content, Buffer.from('more')])]
  const places = new Set([0, 1, 4, 8, size - 1, size - 2, size - 5, size - 9, ...Array.from({ length: 24 }, () => random.below(size + 1))])
  for (const at of places) {
    if (at < 0 || at >= size) continue
    yield [
      `with a bit changed in byte ${at}`,
      (content) => {
        const changed = Buffer.from(content)
        changed[at]! ^= 1 << random.below(8)
        return changed
      },
    ]
  }
  if (size > 16) yield ['with zeros', (content) => Buffer.from(content).fill(0, size >>> 2, (size >>> 2) + 12)]
}

async function damageCase(place: EnginePlace): Promise<void> {
  const history = new History()
  const engines = await place.start()
  runScript(engines.open(TASK), history)
  engines.close()
  // Some engines write what they have to other files when they are opened.
  await readAll(place, history)
  assert.deepEqual(place.warnings, [])
  const files = await place.files!.read()
  const random = new Prng(11)
  let trials = 0
  for (const [path, content] of files) {
    for (const [what, damage] of damagesOf(content.length, random)) {
      const changed = new Map(files)
      const bytes = damage(content)
      if (bytes === null) changed.delete(path)
      else changed.set(path, bytes)
      place.files!.replace(changed)
      try {
        await readAll(place, history)
      } catch (error) {
        throw new Error(`With ${path} ${what}`, { cause: error })
      }
      trials++
    }
  }
  assert.ok(trials > 50, `${trials} damages were tried`)
}

async function wornCase(place: EnginePlace): Promise<void> {
  const history = new History()
  const engines = await place.start()
  runScript(engines.open(TASK), history)
  engines.close()
  const next = await place.start()
  const engine = next.open(TASK)
  for (const path of place.disk!.paths()) place.disk!.damage(path, (content) => content.fill(0xa5))
  for (const store of storeNames) readStore(place, engine, store, history.current.content(store))
  attempt(() => next.close())
}

async function usableCase(place: EnginePlace): Promise<void> {
  const history = new History()
  let engines = await place.start()
  runScript(engines.open(TASK), history)
  engines.close()
  const files = await place.files!.read()
  for (const path of files.keys()) {
    place.files!.replace(
      new Map([...files].map(([other, content]) => [other, other === path ? content.subarray(0, content.length >>> 1) : content])),
    )
    engines = await place.start()
    // What an owner does with a task that is damaged: it removes it, and begins anew.
    let engine: TaskEngine | null = null
    try {
      engine = engines.open(TASK)
      for (const store of storeNames) contentOf(engine, store)
    } catch (error) {
      if (!isDiskFailure(error)) throw error
    }
    const damaged = engine
    attempt(() => damaged?.close())
    engines.remove(TASK)
    const anew = new History()
    engine = engines.open(TASK)
    anew.recover(engine)
    runScript(engine, anew)
    engines.close()
    engines = await place.start()
    anew.recover(engines.open(TASK))
    engines.close()
  }
}

/** What engines must do whose files may fail. */
export const damageCases: readonly EngineCase[] = [
  { title: 'the disk may be full for a moment, in any write', needs: ['virtual-disk'], run: (place) => fullCase(place, 1) },
  { title: 'the disk may be full for good, from any write on', needs: ['virtual-disk'], run: (place) => fullCase(place, Infinity) },
  { title: 'any read may fail: never a wrong row', needs: ['virtual-disk'], run: (place) => readErrorCase(place, 'EIO') },
  { title: 'any read may be short: never a wrong row', needs: ['virtual-disk'], run: (place) => readErrorCase(place, 'short') },
  { title: 'a file that is missing, cut or changed is detected: never a wrong row', needs: ['keeps', 'files'], run: damageCase },
  { title: 'files that change while they are open are detected: never a wrong row', needs: ['virtual-disk'], run: wornCase },
  { title: 'a task with a damaged file can be removed, and begun anew', needs: ['keeps', 'files'], run: usableCase },
]
