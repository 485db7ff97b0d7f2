import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type LoggedRecord, openState, restoreRecords, textStore } from '../contract.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { restoredFrom, windowStartIn } from './restored-from.ts'
import { windowLayout } from './window-layout.ts'
import type { ReadOnlyWindowStore } from './window-store.ts'

interface Write {
  readonly key: string
  readonly start: number
  readonly value: string | null
  /** How much later than the start of its window the record is; -1 is the worst that operators do. */
  readonly later: number
  readonly sequence: number
}

const someWrite: fc.Arbitrary<Write> = fc.record({
  key: fc.constantFrom('a', 'b', 'b\u0000'),
  // Mostly onwards, often late, at times very late.
  start: fc.oneof(fc.nat(400_000), fc.nat(100_000), fc.nat(1_000_000)),
  value: fc.option(
    fc.nat(9).map((number) => `v${number}`),
    { freq: 5 },
  ),
  later: fc.oneof(fc.constant(-1), fc.constant(0), fc.nat(300_000)),
  sequence: fc.nat(3),
})

const someStore = fc
  .record({
    retentionMs: fc.constantFrom(1, 1_000, 60_000, 130_000, 500_000, Infinity),
    isExact: fc.boolean(),
    retainsDuplicates: fc.boolean(),
    timeOrdered: fc.constantFrom('no', 'rows', 'index'),
  })
  .map((layout): StoreDefinition =>
    textStore('w', {
      kind: 'window',
      format: 'timestamped',
      // With exact expiry rows are in order of time anyway.
      window: windowLayout({ sizeMs: 1000, ...layout, timeOrdered: layout.isExact ? 'no' : layout.timeOrdered }),
    }),
  )

function changelogOf(writes: readonly Write[]): LoggedRecord[] {
  return writes.map(({ key, start, value, later, sequence }) => {
    const suffix = Buffer.alloc(12)
    suffix.writeBigInt64BE(BigInt(start))
    suffix.writeInt32BE(sequence, 8)
    return { store: 'w', key: key + suffix.toString('latin1'), value, timestamp: Math.max(0, start + later) }
  })
}

/** What is in the store when the changelog has been read from `from` on, in parts. */
function restored(store: StoreDefinition, changelog: readonly LoggedRecord[], from: number, parts: number): unknown {
  const { state } = openState([store])
  for (let at = from; at < changelog.length; at += parts) {
    const next = Math.min(changelog.length, at + parts)
    state.restore('w', restoreRecords(changelog.slice(0, next), 'w', at), next - 1)
  }
  const rows = [
    ...(state.stampedView('w') === null ? [] : (state.stampedView('w') as ReadOnlyWindowStore<string, unknown>).fetchAll(0, Infinity)),
  ]
  const statistics = state.statistics('w')
  state.close()
  return { rows, rowCount: statistics.rowCount }
}

/** The first offset at or behind which all records are that have the time `time` or a later one: what a broker answers. */
function offsetOf(changelog: readonly LoggedRecord[], time: number): number {
  const found = changelog.findIndex(({ timestamp }) => timestamp >= time)
  return found < 0 ? changelog.length : found
}

test('restoredFrom() leaves out nothing that is in the store, whatever the history', () => {
  let skipped = 0
  let left = 0
  fc.assert(
    fc.property(
      someStore,
      fc.array(someWrite, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 20 }),
      (store, writes, seen) => {
        const changelog = changelogOf(writes)
        const starts = changelog.slice(-seen).map(({ key }) => windowStartIn(Buffer.from(key, 'latin1'), 0, key.length))
        const time = restoredFrom(store.window!, Math.max(...starts))
        const from = time === null ? 0 : offsetOf(changelog, time)
        assert.ok(from < changelog.length, 'the record of the latest window is read')
        skipped += from
        left += changelog.length - from
        assert.deepEqual(restored(store, changelog, from, 7), restored(store, changelog, 0, 7))
      },
    ),
    { numRuns: 3_000 },
  )
  assert.ok(skipped > left / 20, `something is skipped: ${skipped} of ${skipped + left}`)
})

test('restoredFrom() knows nothing of windows that do not expire, nor as long as none has', () => {
  const layout = { sizeMs: 1000, isExact: true, retainsDuplicates: false }
  assert.equal(restoredFrom(windowLayout({ ...layout, retentionMs: Infinity }), 1e12), null)
  assert.equal(restoredFrom(windowLayout({ ...layout, retentionMs: 5_000 }), 5_000), null)
  assert.equal(restoredFrom(windowLayout({ ...layout, retentionMs: 5_000 }), 15_000), 10_000)
  // Segments of a minute at least: all of the segment is kept that the first visible window is in.
  assert.equal(restoredFrom(windowLayout({ ...layout, isExact: false, retentionMs: 5_000 }), 150_000), 119_999)
  assert.equal(windowStartIn(Buffer.alloc(11), 0, 11), -1)
})
