// The engine contract: what is found after the process or the power ended, at any point. No tests here.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { callsThatWrite } from '../../base/disk/disk-faults.ts'
import { Prng } from '../../base/prng.ts'
import { rowsIn, someRange, type TextRow } from '../contract.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import type { EngineFactory, TaskEngine } from './engine.ts'
import { someChange } from './contract-restarts.test.ts'
import {
  type EngineCase,
  attempt,
  type Change,
  checkContent,
  contentOf,
  type EnginePlace,
  History,
  isDiskFailure,
  storeNames,
  TASK,
} from './contract-scene.test.ts'

/**
 * How many operations the model-based test does in all; `npm run engines` does 100,000. On a real disk, where each death is that of a thread, it
 * is an eighth.
 */
function operationsOn({ disk }: EnginePlace): number {
  const operations = Number(process.env['MILLRACE_ENGINE_OPERATIONS'] ?? 4_000)
  return disk === null ? operations / 8 : operations
}

const OPERATIONS_A_RUN = 200
const RUNS = 5

/** A process that uses an engine, dies now and then, and is started again. */
class Life {
  readonly place: EnginePlace
  readonly history = new History()
  engines: EngineFactory
  engine: TaskEngine
  nowMs = 0
  deaths = 0
  operations = 0
  readonly #cursors: { readonly cursor: RowCursor; readonly expected: readonly TextRow[] }[] = []

  constructor(place: EnginePlace, engines: EngineFactory) {
    this.place = place
    this.engines = engines
    this.engine = engines.open(TASK)
  }

  /** Does something with the engine; when the process dies of it, it is started again and what is found must fit. */
  async do(action: (engine: TaskEngine) => void): Promise<void> {
    try {
      action(this.engine)
    } catch (error) {
      if (!isDiskFailure(error)) throw error
      this.checkCursors()
      this.place.kill()
      await this.restart()
    }
  }

  openCursor(cursor: RowCursor, expected: readonly TextRow[]): void {
    this.#cursors.push({ cursor, expected })
  }

  /** Ends the process, by `kill` or in good order, and starts the next one. */
  async end(kill: () => void): Promise<void> {
    this.checkCursors()
    kill()
    await this.restart()
  }

  async restart(): Promise<void> {
    let opened: TaskEngine | null = null
    while (opened === null) {
      this.deaths++
      this.engines = await this.place.start()
      // It may die of what it does to open the task.
      if (!attempt(() => (opened = this.engines.open(TASK)))) this.place.kill()
    }
    this.engine = opened
    this.history.recover(this.engine)
    assert.deepEqual(this.place.warnings, [], 'A crash damages nothing')
  }

  /** Reads what is left in the cursors. Their rows may be on a disk that is gone with the process. */
  checkCursors(): void {
    for (const { cursor, expected } of this.#cursors.splice(0)) {
      try {
        assert.deepEqual(rowsIn(cursor), expected)
      } catch (error) {
        if (!isDiskFailure(error)) throw error
      }
    }
  }
}

/** A command of the model-based test. The model is in the life itself: what an engine may have forgotten is only known when it is asked. */
type LifeCommand = fc.AsyncCommand<Record<string, never>, Life>

function command(name: string, run: (life: Life) => Promise<void>): LifeCommand {
  return {
    check: () => true,
    run: (_, life) => {
      life.operations++
      return run(life)
    },
    toString: () => name,
  }
}

const storeName = fc.constantFrom(...storeNames)

function scanCommand(store: string, range: KeyRange, isReverse: boolean): LifeCommand {
  return command(`scan(${store})`, (life) =>
    life.do((engine) => {
      const cursor = engine.store(store).scan(range, isReverse)
      life.openCursor(cursor, rowsInRange(life.history.current.content(store).rows, range, isReverse))
    }),
  )
}

function rowsInRange(rows: readonly TextRow[], { from, to, includesTo }: KeyRange, isReverse: boolean): TextRow[] {
  const first = from?.toString('latin1') ?? ''
  const last = to?.toString('latin1') ?? null
  const found = rows.filter(([key]) => key >= first && (last === null || key < last || (includesTo && key === last)))
  return isReverse ? found.toReversed() : found
}

function commandsFor(hasDisk: boolean): fc.Arbitrary<LifeCommand>[] {
  const make = (change: Change): LifeCommand =>
    command(JSON.stringify(change), (life) => life.do((engine) => life.history.make(engine, change)))
  const flush = command('flush', (life) =>
    life.do((engine) => {
      engine.flush()
      life.history.flushed()
    }),
  )
  const check = command('check', (life) => life.do((engine) => checkContent(engine, life.history)))
  const kill = command('kill', (life) => life.end(() => life.place.kill()))
  const close = command('close', async (life) => {
    life.checkCursors()
    await life.do(() => {
      life.engines.close()
      life.history.flushed()
    })
    await life.end(() => undefined)
  })
  const always: fc.Arbitrary<LifeCommand>[] = [
    ...Array.from({ length: 12 }, () => someChange.map(make)),
    fc.tuple(storeName, someRange, fc.boolean()).map(([store, range, isReverse]) => scanCommand(store, range, isReverse)),
    fc.nat(8_000).map((ms) =>
      command(`maintain after ${ms} ms`, (life) => {
        life.nowMs += ms
        return life.do((engine) => engine.maintain(life.nowMs))
      }),
    ),
    fc.constantFrom(flush, check, kill, close),
  ]
  if (!hasDisk) return always
  const losePower = fc.nat().map((seed) => command(`losePower(${seed})`, (life) => life.end(() => life.place.losePower(new Prng(seed)))))
  const arm = fc.nat(30).map((nth) =>
    command(`die in write ${nth}`, (life) => {
      life.place.disk!.faults.add({ calls: callsThatWrite, nth: nth + 1, outcome: 'cut' })
      return Promise.resolve()
    }),
  )
  return [...always, losePower, arm]
}

async function modelCase(place: EnginePlace): Promise<void> {
  let deaths = 0
  let operations = 0
  const lives = fc.commands(commandsFor(place.disk !== null), { maxCommands: OPERATIONS_A_RUN, size: 'max' })
  const property = fc.asyncProperty(lives, async (commands) => {
    const life = new Life(place, await place.start())
    try {
      await fc.asyncModelRun(() => ({ model: {}, real: life }), commands)
      await life.end(() => life.place.kill())
    } finally {
      deaths += life.deaths
      operations += life.operations
      place.disk?.faults.clear()
      place.kill()
      const engines = await place.start()
      engines.remove(TASK)
    }
  })
  // How long a life is, is drawn.
  while (operations < operationsOn(place)) await fc.assert(property, { numRuns: RUNS })
  assert.ok(deaths > 0)
}

/** The changes of the cases in which something happens at every point of a script; `null` = a flush. */
const script: readonly (Change | null)[] = [
  ...fc.sample(someChange, { seed: 6, numRuns: 10 }),
  null,
  ...fc.sample(someChange, { seed: 7, numRuns: 10 }),
  null,
  null,
  ...fc.sample(someChange, { seed: 8, numRuns: 6 }),
]

/** Does the script; throws what an engine throws. */
export function runScript(engine: TaskEngine, history: History): void {
  for (const [index, change] of script.entries()) {
    if (change === null) {
      engine.flush()
      history.flushed()
    } else history.make(engine, change)
    engine.maintain(index * 1_500)
  }
  engine.close()
  history.flushed()
}

/** How often the script writes to the disk, the opening of the task included. */
export async function writesOfScript(place: EnginePlace): Promise<number> {
  const { faults } = place.disk!
  const before = faults.countOf(callsThatWrite)
  runScript((await place.start()).open(TASK), new History())
  const writes = faults.countOf(callsThatWrite) - before
  place.files!.replace(new Map())
  assert.ok(writes > 10, 'The script writes to the disk')
  return writes
}

async function deathCase(place: EnginePlace, end: (place: EnginePlace, nth: number) => void): Promise<void> {
  const writes = await writesOfScript(place)
  for (let nth = 1; nth <= writes; nth++) {
    place.disk!.faults.add({ calls: callsThatWrite, nth, outcome: 'cut' })
    const history = new History()
    const engines = await place.start()
    attempt(() => runScript(engines.open(TASK), history))
    place.disk!.faults.clear()
    end(place, nth)
    // The next process dies as well, right after it has opened the task.
    for (let round = 0; round < 2; round++) {
      history.recover((await place.start()).open(TASK))
      assert.deepEqual(place.warnings, [], `A crash in write ${nth} damages nothing`)
      end(place, nth)
    }
    const engine = (await place.start()).open(TASK)
    history.recover(engine)
    attempt(() => runScript(engine, history))
    const last = (await place.start()).open(TASK)
    history.recover(last)
    place.kill()
    place.files!.replace(new Map())
  }
}

async function durableCase(place: EnginePlace): Promise<void> {
  const history = new History()
  const engine = (await place.start()).open(TASK)
  const one = (isDurable: boolean, value: string): Change => ({
    kind: 'apply',
    batches: [{ store: 'a', rows: [['k', value]], below: null, hasMeta: true }],
    isDurable,
  })
  history.make(engine, one(false, '1'))
  history.make(engine, one(true, '2'))
  const kept = contentOf(engine, 'a')
  history.make(engine, one(false, '3'))
  place.losePower(new Prng(1))
  const again = (await place.start()).open(TASK)
  history.recover(again)
  assert.ok([kept.offset, kept.offset! + 1].includes(contentOf(again, 'a').offset!))
}

/** What engines must do whose process can die. */
export const crashCases: readonly EngineCase[] = [
  {
    title: 'after each restart the content is that after the first so many batches, the flushed ones at least',
    needs: ['crashes'],
    run: modelCase,
  },
  { title: 'a durable batch survives a power loss, with all before it', needs: ['virtual-disk'], run: durableCase },
  {
    title: 'a process may die in any write',
    needs: ['virtual-disk'],
    run: (place) => deathCase(place, (dead) => dead.kill()),
  },
  {
    title: 'power may be lost in any write',
    needs: ['virtual-disk'],
    run: (place) => deathCase(place, (dead, nth) => dead.losePower(new Prng(nth))),
  },
]
