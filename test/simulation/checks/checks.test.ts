import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkStores, foldChangelog } from './check-stores.ts'
import { type Amount, checkSums, type Running, type Total } from './check-sums.ts'
import { checkTable, type TableChange } from './check-table.ts'
import { checkWordCounts, type Occurrence } from './check-word-counts.ts'
import type { Guarantee, Observed } from './observed.ts'

// Each check is shown runs that are right and runs with one violation, made by hand.

const exact: Guarantee = { isExactlyOnce: true, isCached: false }
const cached: Guarantee = { isExactlyOnce: true, isCached: true }
const atLeast: Guarantee = { isExactlyOnce: false, isCached: false }

const occurrences: readonly Occurrence[] = [
  { word: 'a', timestamp: 10, partition: 0 },
  { word: 'a', timestamp: 5, partition: 0 },
  { word: 'b', timestamp: 7, partition: 0 },
  { word: 'a', timestamp: 12, partition: 0 },
  { word: 'b', timestamp: 9, partition: 1 },
]

function counts(...rows: (readonly [word: string, count: number, timestamp: number])[]): readonly Observed<number>[] {
  return rows.map(([key, value, timestamp]) => ({ key, value, timestamp, partition: 0 }))
}

const bRight = [
  ['b', 1, 7],
  ['b', 2, 9],
] as const
const right = counts(['a', 1, 10], ['a', 2, 10], ['a', 3, 12], ...bRight)

test('checkWordCounts accepts 1 to n in order', () => {
  assert.deepEqual(checkWordCounts(occurrences, right, exact), [])
  assert.deepEqual(checkWordCounts(occurrences, counts(['a', 1, 10], ['a', 2, 10], ['a', 3, 12], ['b', 1, 9], ['b', 2, 9]), exact), [])
})

test('checkWordCounts accepts gaps where updates are cached, but not a wrong end', () => {
  assert.deepEqual(checkWordCounts(occurrences, counts(['a', 2, 10], ['a', 3, 12], ['b', 2, 9]), cached), [])
  assert.match(checkWordCounts(occurrences, counts(['a', 2, 10], ['b', 2, 9]), cached)[0]!, /last count of "a" is 2/)
  assert.match(checkWordCounts(occurrences, counts(['a', 2, 10], ['a', 2, 10], ['a', 3, 12], ['b', 2, 9]), cached)[0]!, /from 2 to 2/)
})

test('checkWordCounts finds what is lost, doubled, out of order and unknown', () => {
  assert.match(checkWordCounts(occurrences, counts(['a', 1, 10], ['a', 3, 12], ...bRight), exact)[0]!, /from 1 to 3/)
  assert.match(checkWordCounts(occurrences, [...right, ...counts(['a', 4, 12])], exact)[0]!, /last count of "a" is 4/)
  assert.match(
    checkWordCounts(occurrences, counts(['a', 1, 10], ['a', 2, 10], ['a', 2, 10], ['a', 3, 12], ...bRight), exact)[0]!,
    /from 2 to 2/,
  )
  assert.match(checkWordCounts(occurrences, counts(...bRight), exact)[0]!, /"a" was never counted/)
  assert.match(checkWordCounts(occurrences, [...right, ...counts(['c', 1, 1])], exact)[0]!, /"c" was counted but does not occur/)
})

test('checkWordCounts finds wrong times', () => {
  assert.match(checkWordCounts(occurrences, counts(['a', 1, 10], ['a', 2, 5], ['a', 3, 12], ...bRight), exact)[0]!, /fall from 10 to 5/)
  assert.match(
    checkWordCounts(occurrences, counts(['a', 1, 10], ['a', 2, 11], ['a', 3, 12], ...bRight), exact)[0]!,
    /count 2 of "a" has time 11/,
  )
  assert.match(checkWordCounts(occurrences, counts(['a', 1, 10], ['a', 2, 10], ['a', 3, 13], ...bRight), exact)[0]!, /time 13, not 12/)
})

test('checkWordCounts lets at-least-once count too much, never too little', () => {
  assert.deepEqual(checkWordCounts(occurrences, counts(['a', 2, 10], ['a', 2, 10], ['a', 5, 12], ['b', 3, 9]), atLeast), [])
  assert.match(checkWordCounts(occurrences, counts(['a', 2, 10], ...bRight), atLeast)[0]!, /last count of "a" is 2/)
})

const changes: readonly TableChange[] = [
  { key: 'k', value: 'x', timestamp: 3 },
  { key: 'k', value: null, timestamp: 2 },
  { key: 'k', value: 'y', timestamp: 4 },
]

function rows(...found: (readonly [value: string | null, timestamp: number])[]): readonly Observed<string | null>[] {
  return found.map(([value, timestamp]) => ({ key: 'k', value, timestamp, partition: 0 }))
}

test('checkTable wants exactly the changes', () => {
  assert.deepEqual(checkTable(changes, rows(['x', 3], [null, 2], ['y', 4]), exact), [])
  assert.match(checkTable(changes, rows(['x', 3], ['y', 4]), exact)[0]!, /is wrong/)
  assert.match(checkTable(changes, rows(['x', 3], ['x', 3], [null, 2], ['y', 4]), exact)[0]!, /is wrong/)
  assert.match(checkTable(changes, rows(['x', 3], [null, 2], ['y', 5]), exact)[0]!, /ends wrong/)
  assert.match(checkTable(changes, [], exact)[0]!, /ends wrong/)
  assert.match(checkTable([], rows(['x', 3]), exact)[0]!, /never changed/)
})

test('checkTable wants a subsequence where updates are cached', () => {
  assert.deepEqual(checkTable(changes, rows(['y', 4]), cached), [])
  assert.match(checkTable(changes, rows([null, 2], ['x', 3], ['y', 4]), cached)[0]!, /out of order/)
  assert.match(checkTable(changes, rows(['x', 3]), cached)[0]!, /ends wrong/)
  assert.deepEqual(checkTable(changes.slice(0, 2), [], cached), [])
})

test('checkTable lets the cache of at-least-once hide the deletion of a row that only a dead instance has shown', () => {
  const cachedAtLeast = { isExactlyOnce: false, isCached: true }
  const deleted = changes.slice(0, 2)
  assert.deepEqual(checkTable(deleted, rows(['x', 3]), cachedAtLeast), [])
  assert.match(checkTable(deleted, rows(['x', 3]), cached)[0]!, /ends wrong/)
  assert.match(checkTable(deleted, rows(['z', 3]), cachedAtLeast)[0]!, /ends wrong/)
  assert.match(checkTable(changes, rows(['x', 3]), cachedAtLeast)[0]!, /ends wrong/)
})

test('checkTable lets at-least-once repeat changes, not leave them out', () => {
  assert.deepEqual(checkTable(changes, rows(['x', 3], [null, 2], ['x', 3], [null, 2], ['y', 4]), atLeast), [])
  assert.match(checkTable(changes, rows(['x', 3], ['y', 4]), atLeast)[0]!, /lacks changes/)
})

const amounts: readonly Amount[] = [
  { key: 'a', amount: 1, timestamp: 1, partition: 0 },
  { key: 'b', amount: 2, timestamp: 2, partition: 0 },
  { key: 'a', amount: 3, timestamp: 3, partition: 0 },
]

function total(key: string, amount: number, count: number, sum: number): Observed<Total> {
  return { key, value: { kind: 'total', amount, count, sum }, timestamp: amount, partition: 0 }
}

function running(sum: number): Observed<Running> {
  return { key: '#0', value: { kind: 'running', sum }, timestamp: 9, partition: 0 }
}

const totals = [total('a', 1, 1, 1), total('b', 2, 1, 2), total('a', 3, 2, 4)] as const

test('checkSums wants one output per record and running sums that fit', () => {
  assert.deepEqual(checkSums(amounts, totals, exact), [])
  assert.deepEqual(checkSums(amounts, [running(0), totals[0], running(1), running(1), totals[1], totals[2], running(6)], exact), [])
  assert.match(
    checkSums(amounts, [totals[0], running(3), totals[1], totals[2]], exact)[0]!,
    /a punctuator put out 3 after outputs that sum up to 1/,
  )
  assert.match(checkSums(amounts, totals.slice(0, 2), exact)[0]!, /2 outputs for 3/)
  assert.match(checkSums(amounts, [...totals, totals[2]], exact)[0]!, /has no input/)
  assert.match(checkSums(amounts, [totals[0], totals[0], totals[1], totals[2]], exact)[0]!, /output 2 is "a" amount 1/)
  assert.match(checkSums(amounts, [totals[0], totals[1], total('a', 3, 3, 7)], exact)[0]!, /count 3 sum 7/)
})

test('checkSums lets at-least-once repeat outputs, not leave them out', () => {
  assert.deepEqual(checkSums(amounts, [totals[0], totals[1], totals[0], totals[1], total('a', 3, 3, 5)], atLeast), [])
  assert.match(checkSums(amounts, [totals[0], totals[2]], atLeast)[0]!, /no output for input record 2/)
  assert.match(checkSums(amounts, [totals[0], totals[1], total('a', 3, 1, 3)], atLeast)[0]!, /counts 1 records of 2/)
})

test('checkStores compares the final store with its changelog and the model', () => {
  const final = new Map([['a', '1']])
  assert.deepEqual(checkStores([{ name: 's', final, changelog: final, model: final }]), [])
  assert.deepEqual(checkStores([{ name: 's', final, changelog: final, model: null }]), [])
  assert.match(checkStores([{ name: 's', final, changelog: new Map([['a', '2']]), model: null }])[0]!, /changelog: "a" is 1, not 2/)
  assert.match(checkStores([{ name: 's', final, changelog: final, model: new Map() }])[0]!, /model: "a" is 1, not absent/)
  assert.match(checkStores([{ name: 's', final: new Map(), changelog: final, model: null }])[0]!, /"a" is absent, not 1/)
})

test('foldChangelog keeps the last row of each key', () => {
  const records = [
    { key: 'a', row: '1' },
    { key: 'b', row: '1' },
    { key: 'a', row: '2' },
    { key: 'b', row: null },
  ]
  assert.deepEqual([...foldChangelog(records)], [['a', '2']])
})
