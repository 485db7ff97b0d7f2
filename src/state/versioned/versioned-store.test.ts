import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { VersionedRecord } from '../../model/versioned-record.ts'
import { type LoggedRecord, openState, type OpenedState, restoreRecords, textStore, freshEngines } from '../contract.ts'
import type { EngineFactory } from '../engines/engine.ts'
import { allKeys } from '../key-range.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { versionLayout } from './version-layout.ts'
import { NOT_PUT, type VersionedKeyValueStore } from './versioned-key-value-store.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const RETENTION = 100

const definition: StoreDefinition = {
  ...textStore('v', { kind: 'versioned', format: 'plain', caching: false }),
  versions: versionLayout(RETENTION, 20),
}

interface Version {
  readonly timestamp: number
  readonly value: string | null
}

/** A naive versioned store: all versions that were ever put. */
class ModelVersions {
  readonly #keys = new Map<string, Version[]>()
  time = -1

  put(key: string, value: string | null, timestamp: number): number {
    if (timestamp < this.time - RETENTION) return NOT_PUT
    this.time = Math.max(this.time, timestamp)
    const others = (this.#keys.get(key) ?? []).filter((version) => version.timestamp !== timestamp)
    const versions = [...others, { timestamp, value }].toSorted((left, right) => left.timestamp - right.timestamp)
    this.#keys.set(key, versions)
    return versions.find((version) => version.timestamp > timestamp)?.timestamp ?? -1
  }

  get(key: string, asOf = Infinity): VersionedRecord<string> | null {
    const versions = this.#keys.get(key) ?? []
    const index = versions.findLastIndex(({ timestamp }) => timestamp <= asOf)
    const found = versions[index]
    if (found === undefined || found.value === null) return null
    const validTo = versions[index + 1]?.timestamp ?? null
    if (asOf < this.time - RETENTION && validTo !== null) return null
    return { value: found.value, timestamp: found.timestamp, validTo }
  }

  /** Whether the latest version of `key` starts at `timestamp`. */
  endsAt(key: string, timestamp: number): boolean {
    return this.#keys.get(key)?.at(-1)?.timestamp === timestamp
  }

  copy(): ModelVersions {
    const copy = new ModelVersions()
    for (const [key, versions] of this.#keys) copy.#keys.set(key, versions)
    copy.time = this.time
    return copy
  }
}

const keys = ['a', 'aa', 'b'] as const

type Step =
  | { readonly kind: 'put' | 'delete'; readonly key: string; readonly value: string | null; readonly timestamp: number }
  | { readonly kind: 'commit' | 'lose' | 'drop' | 'reopen' }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'delete' as const),
      key: fc.constantFrom(...keys),
      value: fc.option(fc.constantFrom('x', 'yy', ''), { freq: 3 }),
      timestamp: fc.nat(260),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'lose' as const, 'drop' as const, 'reopen' as const) }) },
)

function storeOf({ state }: OpenedState): VersionedKeyValueStore<string, string> {
  return state.store('v') as VersionedKeyValueStore<string, string>
}

function checkReads(store: VersionedKeyValueStore<string, string>, model: ModelVersions): void {
  for (const key of keys) {
    assert.deepEqual(store.get(key), model.get(key))
    for (let asOf = 0; asOf <= 270; asOf += 9) assert.deepEqual(store.get(key, asOf), model.get(key, asOf), `${key} as of ${asOf}`)
  }
}

function replay(opened: OpenedState, topic: readonly LoggedRecord[]): void {
  const from = (opened.state.storedOffset('v') ?? -1) + 1
  opened.state.restore('v', restoreRecords(topic, 'v', from), topic.length - 1)
}

function runSteps(steps: readonly Step[]): void {
  const engines = freshEngines()
  const open = (changelog: LoggedRecord[]): OpenedState => openState([definition], { engines, changelog })
  let topic: LoggedRecord[] = []
  let opened = open([])
  let model = new ModelVersions()
  let committed = model.copy()
  for (const step of steps) {
    // Where a latest version is deleted at its own time, as in Java, it depends on older versions whether that is remembered.
    if ((step.kind === 'put' || step.kind === 'delete') && model.endsAt(step.key, step.timestamp)) continue
    if (step.kind === 'put') {
      assert.equal(storeOf(opened).put(step.key, step.value, step.timestamp), model.put(step.key, step.value, step.timestamp))
    } else if (step.kind === 'delete') {
      const held = step.timestamp < model.time - RETENTION ? null : model.get(step.key, step.timestamp)
      assert.deepEqual(storeOf(opened).delete(step.key, step.timestamp), held)
      model.put(step.key, null, step.timestamp)
    } else if (step.kind === 'drop') {
      opened.state.drop()
      opened.changelog.length = topic.length
      model = committed.copy()
    } else if (step.kind === 'reopen') {
      opened.state.close()
      opened = open([...topic])
      replay(opened, topic)
      model = committed.copy()
    } else {
      topic = [...opened.changelog]
      committed = model.copy()
      if (step.kind === 'commit') opened.state.apply(new Map(topic.length === 0 ? [] : [['v', topic.length - 1]]))
      else {
        opened.state.drop()
        replay(opened, topic)
      }
    }
    checkReads(storeOf(opened), model)
  }
  opened.state.close()
}

function opened(engines: EngineFactory = freshEngines()): {
  readonly opened: OpenedState
  readonly store: VersionedKeyValueStore<string, string>
} {
  const state = openState([definition], { engines })
  return { opened: state, store: storeOf(state) }
}

/** The rows that `write` leaves, in hex. */
function rowsAfter(write: (store: VersionedKeyValueStore<string, string>) => void): string[] {
  const engines = freshEngines()
  const { opened: state, store } = opened(engines)
  write(store)
  state.state.apply(new Map([['v', 0]]))
  state.state.close()
  const rows: string[] = []
  const cursor = engines.open('0_0').store('v').scan(allKeys, false)
  while (cursor.next()) rows.push(`${cursor.key.copy().toString('hex')} ${cursor.value.copy().toString('hex')}`)
  cursor.close()
  return rows
}

describeOnEngines('versioned store', () => {
  test('is a list of versions that expire, through commits, aborts and restores', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 60, size: 'max' }), (steps) => runSteps(steps)),
      { numRuns: 300 },
    )
  })

  test('may be restored from any earlier offset again', () => {
    const somePuts = fc.array(
      fc.record({ key: fc.constantFrom(...keys), value: fc.option(fc.constantFrom('x', 'y')), timestamp: fc.nat(260) }),
      { minLength: 1, maxLength: 30 },
    )
    fc.assert(
      fc.property(somePuts, fc.array(fc.nat()), (puts, starts) => {
        const { opened: first, store } = opened()
        const model = new ModelVersions()
        for (const { key, value, timestamp } of puts) {
          if (value === null && model.endsAt(key, timestamp)) continue // as in runSteps()
          store.put(key, value, timestamp)
          model.put(key, value, timestamp)
        }
        const second = opened()
        const last = first.changelog.length - 1
        second.opened.state.restore('v', restoreRecords(first.changelog, 'v', 0), last)
        for (const start of starts) {
          second.opened.state.restore('v', restoreRecords(first.changelog, 'v', start % first.changelog.length), last)
          checkReads(second.store, model)
        }
      }),
    )
  })

  test("writes Java's rows: the latest by itself, older ones newest first by the segment of their end", () => {
    const rows = rowsAfter((store) => {
      store.put('k', 'a', 1)
      store.put('k', 'bb', 2)
      store.put('k', null, 3)
      store.put('k', 'c', 21)
    })
    const int64 = (value: number): string => value.toString(16).padStart(16, '0')
    const int32 = (value: number): string => value.toString(16).padStart(8, '0')
    const inFirst = [int64(3), int64(1), int64(2), int32(2), int64(1), int32(1), '61', '6262'].join('')
    assert.deepEqual(rows, [`${int64(0)}6b ${inFirst}`, `${'f'.repeat(16)}6b ${int64(21)}63`])
  })

  test('a deletion of a key without versions is a row of no length', () => {
    const rows = rowsAfter((store) => assert.equal(store.delete('k', 5), null))
    const int64 = (value: number): string => value.toString(16).padStart(16, '0')
    assert.deepEqual(rows, [`${int64(0)}6b ${int64(5)}${int64(5)}${int64(5)}ffffffff`])
  })

  test('logs plain values at the times of their versions, also those that are too old to be put', () => {
    const { opened: state, store } = opened()
    store.put('k', 'a', 200)
    assert.equal(store.put('k', 'late', 99), NOT_PUT)
    assert.equal(store.delete('k', 98), null)
    assert.deepEqual(
      state.changelog.map(({ key, value, timestamp }) => [key, value, timestamp]),
      [
        ['k', 'a', 200],
        ['k', 'late', 99],
        ['k', null, 98],
      ],
    )
    assert.deepEqual(state.warnings, [
      'v: its version at 99 is older than the history retention',
      'v: its version at 98 is older than the history retention',
    ])
  })

  test('removes the segments that have expired', () => {
    const rows = rowsAfter((store) => {
      for (let time = 0; time < 2000; time += 5) store.put('k', `v${time}`, time)
    })
    assert.ok(rows.length <= 8)
  })

  test('refuses what is no key, value or time, and everything when it is closed', () => {
    const { opened: state, store } = opened()
    assert.throws(() => store.get(null as unknown as string), TypeError)
    assert.throws(() => store.get('k', Number.NaN), TypeError)
    assert.throws(() => store.put('k', undefined as unknown as string, 1), TypeError)
    assert.throws(() => store.put('k', 'v', undefined as unknown as number), TypeError)
    assert.throws(() => store.put('k', 'v', -1), RangeError)
    assert.throws(() => store.delete('k', 1.5), RangeError)
    state.state.close()
    assert.throws(() => store.get('k'), { code: 'STORE_CLOSED' })
  })

  test('has the segments of Java by default', () => {
    const lengths = [0, 60_000, 60_001, 300_000, 300_001, 3_600_000, 3_600_001, 86_400_000].map((ms) => versionLayout(ms).segmentMs)
    assert.deepEqual(lengths, [2_000, 20_000, 20_000, 60_000, 60_000, 300_000, 300_000, 3_600_000])
  })
})
