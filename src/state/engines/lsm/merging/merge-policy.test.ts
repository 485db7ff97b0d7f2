import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { planMerge, type RunSize } from './merge-policy.ts'

const MIB = 1024 * 1024
const run = (level: number, mib: number, more: Partial<RunSize> = {}): RunSize => {
  return { level, bytes: mib * MIB, deadBytes: 0, isBusy: false, ...more }
}

describe('planMerge()', () => {
  test('leaves less than four runs alone', () => {
    assert.equal(planMerge([], 4), null)
    assert.equal(planMerge([run(0, 16), run(0, 16), run(0, 16)], 4), null)
  })

  test('merges all when the newer runs are as large as the oldest', () => {
    assert.deepEqual(planMerge([run(0, 16), run(0, 16), run(0, 16), run(3, 48)], 4), { from: 0, to: 4, level: 3 })
    assert.equal(planMerge([run(0, 16), run(0, 16), run(0, 16), run(3, 49)], 4), null)
  })

  test('merges the runs of one level into one of the next', () => {
    const old = run(3, 1000)
    assert.deepEqual(planMerge([run(0, 16), run(0, 16), run(0, 16), run(0, 16), old], 4), { from: 0, to: 4, level: 1 })
    const levels = [run(0, 16), run(1, 64), run(1, 64), run(1, 64), run(1, 64), old]
    assert.deepEqual(planMerge(levels, 4), { from: 1, to: 5, level: 2 })
  })

  test('leaves runs alone that are being merged, and goes on with newer ones', () => {
    const busy = { isBusy: true }
    const merging = [run(0, 16, busy), run(0, 16, busy), run(0, 16, busy), run(3, 48, busy)]
    assert.equal(planMerge(merging, 4), null)
    assert.equal(planMerge([run(0, 16), run(0, 16), run(0, 16), ...merging], 4), null)
    assert.deepEqual(planMerge([run(0, 16), run(0, 16), run(0, 16), run(0, 16), ...merging], 4), { from: 0, to: 4, level: 1 })
  })

  test('writes a run anew that is dead for the greater part', () => {
    assert.equal(planMerge([run(0, 16), run(2, 100, { deadBytes: 50 * MIB })], 4), null)
    assert.deepEqual(planMerge([run(0, 16), run(2, 100, { deadBytes: 51 * MIB })], 4), { from: 1, to: 2, level: 2 })
    assert.equal(planMerge([run(0, 16), run(2, 100, { deadBytes: 51 * MIB, isBusy: true })], 4), null)
  })

  test('keeps the number of runs small, the disk within twice the state and each row within a few merges', () => {
    const someShare = fc.double({ min: 0.05, max: 1, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: 50, max: 600 }), someShare, (flushes, distinctShare) => {
        const stateMax = flushes * 16 * distinctShare
        let runs: RunSize[] = []
        let written = 0
        for (let flush = 0; flush < flushes; flush++) {
          runs = [run(0, 16), ...runs]
          for (let plan = planMerge(runs, 4); plan !== null; plan = planMerge(runs, 4)) {
            const inputs = runs.slice(plan.from, plan.to)
            // Rows that are written again go when they meet.
            const mib = Math.min(
              stateMax,
              inputs.reduce((sum, { bytes }) => sum + bytes / MIB, 0),
            )
            written += mib
            runs = runs.toSpliced(plan.from, inputs.length, run(plan.level, mib))
          }
          const newer = runs.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0)
          assert.ok(runs.length < 4 || newer < runs.at(-1)!.bytes)
          assert.ok(runs.length <= 3 * (2 + Math.ceil(Math.log(flushes) / Math.log(4))), `${runs.length} runs`)
        }
        assert.ok(written / (flushes * 16) < 8, `each row was merged ${written / (flushes * 16)} times`)
      }),
    )
  })
})
