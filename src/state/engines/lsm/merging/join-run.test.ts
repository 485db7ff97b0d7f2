import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type JoinedFile, joinRun } from './join-run.ts'

const file = (from: string, to: string, bytes = 100): JoinedFile => ({
  entry: { bytes },
  summary: { smallest: Buffer.from(from), largest: Buffer.from(to) },
})
const limits = { fileBytesMin: 100, runsMax: 4, inUse: new Set<JoinedFile>() }

describe('joinRun()', () => {
  test('puts a file beside or between the files of the newest run, where nothing overlaps', () => {
    const [c, m] = [file('c', 'e'), file('m', 'p')]
    const older = { level: 2, files: [file('a', 'z')] }
    const runs = [{ level: 0, files: [c, m] }, older]
    for (const [from, to, place] of [
      ['q', 'r', 2],
      ['f', 'l', 1],
      ['a', 'b', 0],
    ] as const) {
      const added = file(from, to)
      assert.deepEqual(joinRun(runs, added, limits), [{ level: 0, files: [c, m].toSpliced(place, 0, added) }, older])
    }
  })

  test('makes a run of its own of a file that overlaps, or meets another one in a key', () => {
    const runs = [{ level: 0, files: [file('c', 'e'), file('m', 'p')] }]
    for (const [from, to] of ['ac', 'ee', 'em', 'dn', 'az', 'pq', 'no'].map(([...ends]) => ends)) {
      const added = file(from!, to!)
      assert.deepEqual(joinRun(runs, added, limits), [{ level: 0, files: [added] }, ...runs], `${from} to ${to}`)
    }
    const first = file('a', 'b')
    assert.deepEqual(joinRun([], first, limits), [{ level: 0, files: [first] }])
  })

  test('leaves small files, and runs that are being merged, to merges', () => {
    const known = file('a', 'b')
    const runs = [{ level: 1, files: [known] }]
    assert.equal(joinRun(runs, file('c', 'd', 99), limits).length, 2)
    assert.equal(joinRun(runs, file('c', 'd'), { ...limits, inUse: new Set([known]) }).length, 2)
    assert.equal(joinRun(runs, file('c', 'd'), limits).length, 1)
  })

  test('gives the run the level that merges would have given it, but none above that of the next older one', () => {
    const files = Array.from({ length: 15 }, (_, index) =>
      file(`k${String(index).padStart(2, '0')}`, `k${String(index).padStart(2, '0')}x`),
    )
    const join = (count: number, more: { level: number; files: JoinedFile[] }[]): number =>
      joinRun([{ level: 0, files: files.slice(0, count) }, ...more], file('l', 'm'), limits)[0]!.level
    assert.deepEqual([join(2, []), join(3, []), join(14, []), join(15, [])], [0, 1, 1, 2])
    assert.equal(join(15, [{ level: 1, files: [file('a', 'z')] }]), 1)
    assert.equal(joinRun([{ level: 3, files: files.slice(0, 2) }], file('l', 'm'), limits)[0]!.level, 3)
  })
})
