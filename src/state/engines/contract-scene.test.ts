// The scene of the engine contract: where an engine keeps its state, and shorthand for what is done to it. No tests here.
import assert from 'node:assert/strict'
import { isMillraceError } from '../../base/errors.ts'
import type { Prng } from '../../base/prng.ts'
import type { VirtualDisk } from '../../base/disk/virtual-disk.ts'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { changes, metaAt, rowsIn, slice, type TextRow, textOf } from '../contract.ts'
import { ByteSlice } from '../byte-slice.ts'
import { allKeys } from '../key-range.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from './engine.ts'
import type { StateEngineParts } from './state-engine.ts'

/**
 * What can be asked of an engine under test. `keeps`: a task that is opened again finds what was applied. `crashes`: a process can be ended at
 * any time as `kill -9` does. `files`: it has files that can be damaged. `virtual-disk`: they are on a virtual disk, with all that can happen
 * to that.
 */
export type Capability = 'keeps' | 'crashes' | 'files' | 'virtual-disk'

/** The files of an engine, for those who damage them. */
export interface PlaceFiles {
  /** Paths with their content. */
  read(): Promise<Map<string, Buffer>>
  /** Makes the files what they were when they were read, and removes all others. */
  replace(files: ReadonlyMap<string, Buffer>): void
}

/** Where an engine keeps its state: empty at first. One process at a time uses it. */
export interface EnginePlace {
  /** Starts a process. The one before has closed its factory or was killed. */
  start(): Promise<EngineFactory>
  /** Ends the process without a word. Only with `crashes`. */
  kill(): void
  /** Ends the process and what was not synced. Only on a virtual disk. */
  losePower(random: Prng): void
  /** Warnings in the log of the process that was started last. */
  readonly warnings: readonly string[]
  readonly disk: VirtualDisk | null
  readonly files: PlaceFiles | null
  dispose(): Promise<void>
}

/** One thing that engines must do. */
export interface EngineCase {
  readonly title: string
  /** The capabilities without which it cannot be asked. */
  readonly needs: readonly Capability[]
  readonly run: (place: EnginePlace) => Promise<void>
}

/** An engine to be tested. */
export interface EngineUnderTest {
  readonly capabilities: ReadonlySet<Capability>
  readonly place: () => EnginePlace
}

/** An engine that uses nothing but the disk of its environment: all capabilities. */
export function onVirtualDisk(create: (parts: StateEngineParts) => EngineFactory): EngineUnderTest {
  return {
    capabilities: new Set<Capability>(['keeps', 'crashes', 'files', 'virtual-disk']),
    place: () => new VirtualPlace(create),
  }
}

const MEMORY_BYTES_MAX = 8 * 1024 * 1024

class VirtualPlace implements EnginePlace {
  readonly #world = new VirtualWorld()
  readonly #create: (parts: StateEngineParts) => EngineFactory
  #environment = this.#world.environment('first')

  constructor(create: (parts: StateEngineParts) => EngineFactory) {
    this.#create = create
  }

  get disk(): VirtualDisk {
    return this.#world.disk
  }

  get warnings(): readonly string[] {
    return this.#environment.logEntries.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message)
  }

  get files(): PlaceFiles {
    const { disk } = this.#world
    return {
      read: () => Promise.resolve(new Map(disk.paths().map((path) => [path, disk.read(path)!]))),
      replace: (files) => {
        for (const path of disk.paths()) if (!files.has(path)) disk.remove(path)
        for (const [path, content] of files) disk.write(path, content)
      },
    }
  }

  start(): Promise<EngineFactory> {
    this.#environment.lifeline.cut()
    this.#environment = this.#world.environment('next')
    return Promise.resolve(this.#create({ directory: '/state', memoryBytesMax: MEMORY_BYTES_MAX, environment: this.#environment }))
  }

  kill(): void {
    this.#environment.lifeline.cut()
  }

  losePower(random: Prng): void {
    this.kill()
    this.#world.disk.losePower(random)
  }

  dispose(): Promise<void> {
    this.kill()
    return Promise.resolve()
  }
}

/** The task that most cases are about. */
export const TASK = '0_0'

/** A batch of text rows. */
export function batchOf(
  store: string,
  rows: readonly TextRow[],
  more: Partial<Pick<StoreBatch, 'meta' | 'expiredBelow'>> = {},
): StoreBatch {
  return { store, rows: changes(rows), meta: null, expiredBelow: null, ...more }
}

/** Applies rows to the store `a`. */
export function put(engine: TaskEngine, rows: readonly TextRow[]): void {
  engine.apply([batchOf('a', rows)])
}

/** All rows of a store. */
export function allRows(engine: TaskEngine, store = 'a'): TextRow[] {
  return rowsIn(engine.store(store).scan(allKeys, false))
}

/** The value of a key in the store `a`. */
export function valueOf(engine: TaskEngine, key: string, store = 'a'): string | null {
  const found = new ByteSlice()
  return engine.store(store).get(slice(key), found) ? textOf(found) : null
}

/** A key as it is given as a mark of expiry. */
export function mark(key: string): Buffer {
  return Buffer.from(key, 'latin1')
}

/** Something that is done to a task, and that is found again whole or not at all. */
export type Change =
  | { readonly kind: 'apply'; readonly batches: readonly ChangedStore[]; readonly isDurable: boolean }
  | { readonly kind: 'wipe'; readonly store: string }

/** What an `apply` does to one store. */
export interface ChangedStore {
  readonly store: string
  readonly rows: readonly TextRow[]
  /** The mark of expiry. */
  readonly below: string | null
  /** Whether the meta row is written: its offset is the number of the change. */
  readonly hasMeta: boolean
}

/** What is in a store. */
export interface StoreContent {
  readonly rows: readonly TextRow[]
  readonly offset: number | null
}

interface ModelRows {
  rows: Map<string, string>
  below: string
  offset: number | null
}

/** The stores of a task, the naive way. */
export class TaskModel {
  readonly #stores = new Map<string, ModelRows>()

  make(change: Change, number: number): void {
    if (change.kind === 'wipe') {
      this.#stores.delete(change.store)
      return
    }
    for (const { store, rows, below, hasMeta } of change.batches) {
      const known = this.#stores.get(store) ?? { rows: new Map<string, string>(), below: '', offset: null }
      this.#stores.set(store, known)
      for (const [key, value] of rows) {
        if (value === null) known.rows.delete(key)
        else known.rows.set(key, value)
      }
      if (below !== null && below > known.below) known.below = below
      for (const key of known.rows.keys()) if (key < known.below) known.rows.delete(key)
      if (hasMeta) known.offset = number
    }
  }

  content(store: string): StoreContent {
    const { rows, offset } = this.#stores.get(store) ?? { rows: new Map<string, string>(), offset: null }
    return { rows: [...rows].toSorted(([left], [right]) => (left < right ? -1 : 1)), offset }
  }

  copy(): TaskModel {
    const copy = new TaskModel()
    for (const [store, { rows, below, offset }] of this.#stores) copy.#stores.set(store, { rows: new Map(rows), below, offset })
    return copy
  }
}

/** The names of the stores of tasks in the contract; one is the beginning of another. */
export const storeNames = ['a', 'a-b', 'ab'] as const

/** What was done to a task, and what of it must be found again. */
export class History {
  /** What must be there at least. */
  #flushed = new TaskModel()
  /** What was done since, oldest first. */
  #changes: { readonly change: Change; readonly number: number }[] = []
  #current = new TaskModel()
  #number = 0

  /** What is there now. */
  get current(): TaskModel {
    return this.#current
  }

  /** Does a change to the engine and notes it; a change that fails may or may not be found again. */
  make(engine: TaskEngine, change: Change): void {
    const number = ++this.#number
    this.#changes.push({ change, number })
    doChange(engine, change, number)
    this.#current.make(change, number)
    if (change.kind === 'apply' && change.isDurable) this.flushed()
  }

  /** All changes are durable. */
  flushed(): void {
    this.#flushed = this.#current.copy()
    this.#changes = []
  }

  /**
   * Looks which of the changes since the last flush are found in an engine that was opened again, and goes on from there. Fails if what is
   * there is not the outcome of the first few of them, each whole.
   */
  recover(engine: TaskEngine): void {
    const found = storeNames.map((store) => contentOf(engine, store))
    const model = this.#flushed.copy()
    let matching = isContent(model, found) ? model.copy() : null
    for (const { change, number } of this.#changes) {
      model.make(change, number)
      if (isContent(model, found)) matching = model.copy()
    }
    if (matching === null) {
      const expected = { flushed: storeNames.map((store) => this.#flushed.content(store)), changes: this.#changes }
      assert.deepEqual(found, expected, 'The content is that after the first so many changes')
    }
    this.#flushed = matching!
    this.#current = matching!.copy()
    this.#changes = []
  }
}

function doChange(engine: TaskEngine, change: Change, number: number): void {
  if (change.kind === 'wipe') {
    engine.wipe(change.store)
    return
  }
  const batches = change.batches.map(({ store, rows, below, hasMeta }) =>
    batchOf(store, rows, { expiredBelow: below === null ? null : mark(below), meta: hasMeta ? metaAt(number, engine) : null }),
  )
  engine.apply(batches, change.isDurable)
}

/** What an engine has in a store. */
export function contentOf(engine: TaskEngine, store: string): StoreContent {
  return { rows: allRows(engine, store), offset: engine.readMeta(store)?.offset ?? null }
}

function isContent(model: TaskModel, found: readonly StoreContent[]): boolean {
  return storeNames.every((store, index) => isSame(model.content(store), found[index]!))
}

/** Whether two contents are equal. */
export function isSame(left: StoreContent, right: StoreContent): boolean {
  return (
    left.offset === right.offset &&
    left.rows.length === right.rows.length &&
    left.rows.every(([key, value], index) => right.rows[index]![0] === key && right.rows[index]![1] === value)
  )
}

/** Fails unless the engine has exactly what was done to it. */
export function checkContent(engine: TaskEngine, { current }: History): void {
  for (const store of storeNames) assert.deepEqual(contentOf(engine, store), current.content(store))
}

/** Whether `error` is one that an engine may throw because of its disk: of the system, or `STORE_CORRUPTED`. */
export function isDiskFailure(error: unknown): boolean {
  if (isMillraceError(error)) return error.code === 'STORE_CORRUPTED'
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)
}

/** Does something that may fail because of the disk; gives whether it did not. Any other failure is passed on. */
export function attempt(action: () => void): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (isDiskFailure(error)) return false
    throw error
  }
}
