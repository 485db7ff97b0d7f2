// Goal: what torture looks for is found where it is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../../src/base/prng.ts'
import { serdes, topic, type Topic } from '../../src/index.ts'
import { testDriver } from '../../src/entry/testing.ts'
import { type Job, type JobKind, jobKinds, openJob, type TextRecord } from './jobs.ts'
import { planRounds } from './rounds.ts'

const text = (name: string): Topic<string, string> => topic(name, { key: serdes.string, value: serdes.string })

/** A job with some input, and what its topology makes of it. */
function runJob(kind: JobKind): { readonly job: Job; readonly output: readonly TextRecord[] } {
  const job = openJob(kind)
  using driver = testDriver(job.topology(), { statestoreCacheMaxBytes: 0 })
  const random = new Prng(7)
  for (let turn = 0; turn < 40; turn++) {
    for (const { topic: name, key, value, timestamp } of job.draw(random, 1_000_000 + turn)) {
      driver.input(text(name)).pipe(key ?? '', value, timestamp)
    }
  }
  const written = driver.output(text(job.output))
  const output: TextRecord[] = []
  while (written.size > 0) {
    const { key, value, timestamp } = written.readRecord()
    output.push({ topic: job.output, key, value: value!, timestamp })
  }
  return { job, output }
}

for (const kind of jobKinds) {
  test(`Job ${kind} finds nothing wrong with what its topology makes of its input`, () => {
    const { job, output } = runJob(kind)
    assert.ok(output.length > 200)
    for (const isExactlyOnce of [true, false]) {
      assert.deepEqual(job.check(output, isExactlyOnce), { lost: 0, duplicated: 0, problems: [] })
    }
  })

  test(`Job ${kind} finds results that are lost, that are there twice, and that cannot be`, () => {
    const { job, output } = runJob(kind)
    assert.equal(job.check(output.slice(3), true).lost, 3)
    assert.equal(job.check(output.slice(0, -3), true).lost, 3)
    assert.ok(job.check(output.slice(0, output.length / 2), false).lost > 0)
    assert.equal(job.check([...output, ...output.slice(-1)], true).duplicated, 1)
    assert.equal(job.check([...output, ...output.slice(-1)], false).duplicated, 0)
    const impossible = { ...output[0]!, key: 'nobody', value: kind === 'word-count' ? '1' : 'left1+left2' }
    const { duplicated, problems } = job.check([...output, impossible], true)
    assert.equal(duplicated + problems.length, 1)
  })
}

test('Job word-count finds counts that fall', () => {
  const { job, output } = runJob('word-count')
  const { problems } = job.check(output.toReversed(), true)
  assert.match(problems[0]!, /^the counts of w\d+ fall from \d+ to \d+$/)
})

test('planRounds() spreads kills evenly over guarantees and transaction versions', () => {
  const rounds = planRounds(200, 5)
  assert.deepEqual(
    rounds.map(({ kills }) => kills),
    Array.from({ length: 8 }, () => 25),
  )
  for (const guarantee of ['exactly_once_v2', 'at_least_once']) {
    for (const version of [1, 2]) {
      const share = rounds.filter((round) => round.guarantee === guarantee && round.transactionVersion === version)
      assert.equal(
        share.reduce((sum, { kills }) => sum + kills, 0),
        50,
      )
    }
  }
  assert.equal(new Set(rounds.map(({ seed }) => seed)).size, 8)
  assert.deepEqual(
    planRounds(10, 1).map(({ kills, firstKill }) => [kills, firstKill]),
    [
      [5, 0],
      [5, 5],
    ],
  )
  assert.equal(planRounds(3, 1).length, 1)
})
