import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { RecordContext } from '../record/record-context.ts'
import { headersSize, type RecordHeaders, recordHeaders } from '../record/record-headers.ts'
import type { Serde } from '../serdes/serde.ts'
import { serdes } from '../serdes/serdes.ts'
import { ByteSlice } from './byte-slice.ts'
import type { EngineFactory, TaskEngine } from './engines/engine.ts'
import { survivingMemoryEngines } from './engines/memory/memory-engine.ts'
import { allKeys, type KeyRange, prefixRange } from './key-range.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { RestoreBatch, type RestoreRecord } from './restore-batch.ts'
import type { ChangeCursor, RowCursor } from './sorted-bytes-store.ts'
import type { StoreDefinition } from './store-definition.ts'
import { STORE_FORMAT_VERSION, type StoreExpectation, type StoreMeta } from './store-meta.ts'
import { TaskState } from './task-state.ts'
import { ThreadCache } from './thread-cache.ts'

/** A row as text in latin1: each character is a byte. `null` = deleted. */
export type TextRow = readonly [key: string, value: string | null]

/** A slice with the bytes of `text`. */
export function slice(text: string): ByteSlice {
  return new ByteSlice(Buffer.from(text, 'latin1'))
}

/** The text in a slice. */
export function textOf({ buffer, start, end }: ByteSlice): string {
  return buffer.toString('latin1', start, end)
}

/** All rows that are left in a cursor. */
export function rowsIn(cursor: RowCursor): TextRow[] {
  const rows: TextRow[] = []
  while (cursor.next()) rows.push([textOf(cursor.key), textOf(cursor.value)])
  cursor.close()
  return rows
}

/** Changes as an engine gets them. */
export function changes(rows: readonly TextRow[]): ChangeCursor {
  const records: RestoreRecord[] = rows.map(([key, value]) => ({
    key: Buffer.from(key, 'latin1'),
    value: value === null ? null : Buffer.from(value, 'latin1'),
    timestamp: 0,
  }))
  return new RestoreBatch(records, { prefixBytes: 0 })
}

/** A range of text keys, both ends included; `null` = open. */
export function textRange(from: string | null, to: string | null): KeyRange {
  return { from: from === null ? null : Buffer.from(from, 'latin1'), to: to === null ? null : Buffer.from(to, 'latin1'), includesTo: true }
}

/** The naive store that the real ones are compared with: a map, sorted when looked at. */
export class ModelStore {
  readonly rows: Map<string, string> = new Map()
  /** The mark of expiry. */
  below = ''

  /** Removes the rows below a mark; it only rises. */
  expire(below: string): void {
    if (below > this.below) this.below = below
    for (const key of this.rows.keys()) if (key < this.below) this.rows.delete(key)
  }

  put(key: string, value: string | null): void {
    if (value === null) this.rows.delete(key)
    else if (key >= this.below) this.rows.set(key, value)
  }

  scan({ from, to, includesTo }: KeyRange, isReverse: boolean): TextRow[] {
    const first = from?.toString('latin1') ?? null
    const last = to?.toString('latin1') ?? null
    const rows = [...this.rows]
      .filter(([key]) => first === null || key >= first)
      .filter(([key]) => last === null || key < last || (includesTo && key === last))
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
    return isReverse ? rows.toReversed() : rows
  }

  copy(): ModelStore {
    const copy = new ModelStore()
    for (const [key, value] of this.rows) copy.rows.set(key, value)
    copy.below = this.below
    return copy
  }
}

/** Keys that collide, are prefixes of each other, and have bytes on both sides of 0x80. */
export const someKey: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('\u0000', 'a', 'b', '\u007f', '\u0080', '\u00ff'), { minLength: 0, maxLength: 4 })
  .map((characters) => characters.join(''))

/** Values of many lengths, or a deletion. */
export const someValue: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 3, arbitrary: fc.nat(200).map((length) => 'v'.repeat(length % 7) + length.toString(36).repeat(length % 11)) },
  { weight: 1, arbitrary: fc.constant(null) },
)

/** Open and closed ranges, prefixes too. */
export const someRange: fc.Arbitrary<KeyRange> = fc.oneof(
  fc.constant(allKeys),
  someKey.map((key) => prefixRange(Buffer.from(key, 'latin1'))),
  fc.tuple(fc.option(someKey), fc.option(someKey)).map(([from, to]) => textRange(from, to)),
)

/** The meta row of a test. */
export function metaAt(offset: number | null, engine: TaskEngine): StoreMeta {
  return { formatVersion: STORE_FORMAT_VERSION, engine: engine.kind, clusterId: 'c', topicId: 't', offset, commitTimeMs: 1 }
}

/** A changelog record that a store has written. `value` is text in latin1. */
export interface LoggedRecord {
  readonly store: string
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
  /** Absent: none. */
  readonly headers?: RecordHeaders | undefined
}

/** A task's state with all that surrounds it in a test: the changelog is a list, time stands still until it is set. */
export interface OpenedState {
  readonly state: TaskState
  /** All changelog records so far; the offset of one is its index. */
  readonly changelog: LoggedRecord[]
  /** The context of "the current record", to be changed at will. */
  readonly record: RecordContext
  readonly time: { now: number }
  readonly warnings: string[]
}

/** What differs between states in tests. */
export interface OpenStateOptions {
  readonly engines?: EngineFactory
  readonly cache?: ThreadCache
  /** An older list to go on with. */
  readonly changelog?: LoggedRecord[]
  readonly expectation?: Partial<StoreExpectation>
  readonly now?: number
  /** Whether records of the changelog have positions. */
  readonly hasVectors?: boolean
}

/** A store with text keys and values, plain and not cached unless told otherwise. */
export function textStore(name: string, options: Partial<StoreDefinition> = {}): StoreDefinition {
  return {
    name,
    kind: 'key-value',
    format: 'plain',
    key: serdes.string as Serde<unknown>,
    value: serdes.string as Serde<unknown>,
    caching: false,
    changelog: { kind: 'own', topic: `${name}-changelog` },
    supplier: 'in-memory',
    engine: 'memory',
    ...options,
  }
}

let engines: () => EngineFactory = survivingMemoryEngines

/** Lets `freshEngines` and `openState` use such engines from now on. */
export function inEngines(fresh: () => EngineFactory): void {
  engines = fresh
}

/** Engines in an empty place, which keep what is applied. */
export function freshEngines(): EngineFactory {
  return engines()
}

/** Opens the state of task 0_0. */
export function openState(stores: readonly StoreDefinition[], options: OpenStateOptions = {}): OpenedState {
  const changelog = options.changelog ?? []
  const record: RecordContext = { topic: 'in', partition: 0, offset: 0, timestamp: 0, headers: recordHeaders() }
  const time = { now: options.now ?? 1000 }
  const warnings: string[] = []
  const nothing = (): void => undefined
  const state = new TaskState({
    applicationId: 'app',
    taskId: '0_0',
    stores,
    engines: options.engines ?? freshEngines(),
    recordContext: record,
    changelogOf: (store) =>
      store.changelog?.kind !== 'own'
        ? null
        : {
            write: (key, value, timestamp, headers) => {
              const logged = { store: store.name, key: textOf(key), value: value === null ? null : textOf(value), timestamp }
              changelog.push(headersSize(headers) === 1 ? logged : { ...logged, headers: headers ?? undefined })
            },
          },
    expectationOf: () => ({ clusterId: 'c', topicId: 't', deleteRetentionMs: null, ...options.expectation }),
    cache: options.cache ?? null,
    hasVectors: options.hasVectors,
    dropped: (store, reason) => void warnings.push(`${store}: ${reason}`),
    clock: { now: () => time.now, monotonic: () => time.now },
    logger: { debug: nothing, info: nothing, error: nothing, warn: (_fields, message) => void warnings.push(message) },
  })
  return { state, changelog, record, time, warnings }
}

/** The changelog records of `store` from offset `from` on, as they are given to `restore`. */
export function restoreRecords(changelog: readonly LoggedRecord[], store: string, from: number): RestoreRecord[] {
  return changelog
    .slice(from)
    .filter((record) => record.store === store)
    .map(({ key, value, timestamp, headers }) => ({
      key: Buffer.from(key, 'latin1'),
      value: value === null ? null : Buffer.from(value, 'latin1'),
      timestamp,
      headers,
    }))
}

/** `lose`: the commit was done, but its answer was lost, so that the overlays are dropped and the tail is replayed. */
const wholeSteps = ['flush', 'commit', 'lose', 'drop', 'scan', 'reopen'] as const

type TaskStep =
  | { readonly kind: 'put'; readonly store: number; readonly key: string; readonly value: string | null }
  | { readonly kind: (typeof wholeSteps)[number] }

const someTaskStep: fc.Arbitrary<TaskStep> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      store: fc.nat(2),
      key: fc.constantFrom('a', 'b', 'c', 'dd'),
      value: someText(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...wholeSteps) }) },
)

function someText(): fc.Arbitrary<string | null> {
  return fc.option(
    fc.nat(50).map((length) => `v${length}`),
    { freq: 4 },
  )
}

/** Stores of each sort: plain, with timestamps, cached. */
const sortsOfStores: readonly StoreDefinition[] = [
  textStore('plain'),
  textStore('timestamped', { format: 'timestamped' }),
  textStore('cached', { format: 'timestamped', caching: true }),
]

/** Runs `steps` with restores as the runtime does them, and compares what processors see with the model after each. */
function runTaskSteps(engines: EngineFactory, steps: readonly TaskStep[], cacheBytes: number): void {
  const cache = new ThreadCache(cacheBytes)
  // Only acknowledged records are in the topic: an abort takes the others back.
  let topic: LoggedRecord[] = []
  let opened = openState(sortsOfStores, { engines, cache, changelog: [...topic] })
  let committed = sortsOfStores.map(() => new ModelStore())
  let current = sortsOfStores.map(() => new ModelStore())
  const scans: { rows: Iterator<readonly [string, string]>; expected: TextRow[] }[] = []
  const storeAt = (index: number): KeyValueStore<string, string> =>
    opened.state.store(sortsOfStores[index]!.name) as KeyValueStore<string, string>
  for (const step of steps) {
    opened.record.timestamp++
    if (step.kind === 'put') {
      storeAt(step.store).put(step.key, step.value)
      current[step.store]!.put(step.key, step.value)
    } else if (step.kind === 'scan') {
      current.forEach((model, index) => scans.push({ rows: storeAt(index).all()[Symbol.iterator](), expected: model.scan(allKeys, false) }))
    } else if (step.kind === 'drop') {
      opened.state.drop()
      opened.changelog.length = topic.length
      current = committed.map((model) => model.copy())
    } else if (step.kind === 'reopen') {
      opened.state.close()
      opened = openState(sortsOfStores, { engines, cache, changelog: [...topic] })
      replay(opened.state, topic)
      current = committed.map((model) => model.copy())
    } else {
      opened.state.flushCaches()
      if (step.kind === 'flush') continue
      topic = [...opened.changelog]
      committed = current.map((model) => model.copy())
      if (step.kind === 'commit') opened.state.apply(acknowledged(topic))
      else {
        opened.state.drop()
        replay(opened.state, topic)
      }
    }
    current.forEach((model, index) =>
      assert.deepEqual([...storeAt(index).all()], model.scan(allKeys, false), `${index} after ${step.kind}`),
    )
  }
  for (const { rows, expected } of scans) assert.deepEqual([...Iterator.from(rows)], expected)
  opened.state.flushCaches()
  sortsOfStores.forEach(({ name }, index) => assert.deepEqual(folded(opened.changelog, name), current[index]!.scan(allKeys, false)))
  opened.state.close()
  assert.equal(cache.bytes, 0)
}

/** The last offset of each store in the changelog. */
function acknowledged(changelog: readonly LoggedRecord[]): Map<string, number> {
  const offsets = new Map<string, number>()
  changelog.forEach(({ store }, offset) => offsets.set(store, offset))
  return offsets
}

function replay(state: TaskState, changelog: readonly LoggedRecord[]): void {
  for (const { name } of sortsOfStores) {
    const from = (state.storedOffset(name) ?? -1) + 1
    state.restore(name, restoreRecords(changelog, name, from), changelog.length - 1)
  }
}

/** What a compacted changelog says that the store holds. */
function folded(changelog: readonly LoggedRecord[], store: string): TextRow[] {
  const model = new ModelStore()
  for (const record of changelog) if (record.store === store) model.put(record.key, record.value)
  return model.scan(allKeys, false)
}

/** What the stores of a task must do over every engine, with what lies between them and the engine. `open` gives a factory that keeps nothing of what others did. */
export function storeContract(name: string, open: () => EngineFactory): void {
  describe(`store contract: ${name}`, () => {
    for (const cacheBytes of [0, 200, 1_000_000]) {
      test(`stores are sorted maps through commits, aborts, scans and restores (cache of ${cacheBytes} bytes)`, () => {
        fc.assert(
          fc.property(fc.array(someTaskStep, { maxLength: 60, size: 'max' }), (steps) => runTaskSteps(open(), steps, cacheBytes)),
          { numRuns: 150 },
        )
      })
    }

    test('restore() may be repeated from any earlier offset', () => {
      const someChangelog = fc.array(
        fc.record({ store: fc.constantFrom('plain', 'timestamped'), key: someKey, value: someText(), timestamp: fc.nat(9) }),
        { minLength: 1 },
      )
      fc.assert(
        fc.property(someChangelog, fc.array(fc.nat()), (changelog, starts) => {
          const { state } = openState(
            sortsOfStores.slice(0, 2).map((store) => ({ ...store, key: serdes.bytes as Serde<unknown> })),
            {
              engines: open(),
            },
          )
          const last = changelog.length - 1
          for (const store of ['plain', 'timestamped']) {
            state.restore(store, restoreRecords(changelog, store, 0), last)
            for (const start of starts) state.restore(store, restoreRecords(changelog, store, start % changelog.length), last)
            const rows = [...(state.store(store) as KeyValueStore<Uint8Array, string>).all()]
            assert.deepEqual(
              rows.map(([key, value]) => [Buffer.from(key).toString('latin1'), value]),
              folded(changelog, store),
            )
            assert.equal(state.storedOffset(store), last)
          }
          state.close()
        }),
      )
    })
  })
}
