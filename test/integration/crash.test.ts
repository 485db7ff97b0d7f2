// Goal: whatever moment a process is killed in, its stores are what their changelogs say, and little is replayed. More kills: `npm run crash`.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { planRounds } from '../crash/rounds.ts'
import { runRound } from '../crash/run-round.ts'

const KILLS = 30
const PROBLEMS_SHOWN = 10

describe('stores whose process is killed', { concurrency: 2 }, () => {
  for (const round of planRounds(KILLS, Math.floor(Math.random() * 1_000_000))) {
    const { engine, guarantee, transactionVersion, kills, seed } = round
    test(`${engine}, ${guarantee}, transaction version ${transactionVersion}, ${kills} kills, seed ${seed}`, async () => {
      const { bad, problems, comparisons } = await runRound(round)
      assert.deepEqual({ bad, problems: problems.slice(0, PROBLEMS_SHOWN) }, { bad: 0, problems: [] })
      assert.ok(comparisons > kills)
    })
  }

  test('an engine that makes offsets durable before the rows that they are of is found out', async () => {
    // Seen only where a commit was applied just before the kill.
    const [round] = planRounds(4, 1, { engine: 'lsm', mutant: 'offsets-first' })
    const { bad, problems } = await runRound({ ...round!, kills: 10 })
    assert.ok(bad > 0)
    assert.match(problems[0]!, /as it was opened, store "\w+" at offset \d+: row .* (is missing|it must be)/)
  })
})
