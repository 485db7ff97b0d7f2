// Goal: on a real broker nothing is lost and nothing is there twice, whoever is killed. More kills: `npm run torture`.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { planRounds } from '../torture/rounds.ts'
import { runRound } from '../torture/run-round.ts'

const KILLS = 10

describe('an application whose processes are killed', { skip: kafkaSkipReason() }, () => {
  for (const round of planRounds(KILLS, Math.floor(Math.random() * 1_000_000))) {
    const { job, guarantee, transactionVersion, kills, seed } = round
    test(`${job}, ${guarantee}, transaction version ${transactionVersion}, ${kills} kills, seed ${seed}`, async (context) => {
      const { lost, duplicated, problems } = await runRound(round, (line) => context.diagnostic(line))
      assert.deepEqual({ lost, duplicated, problems: problems.slice(0, 20) }, { lost: 0, duplicated: 0, problems: [] })
    })
  }
})
