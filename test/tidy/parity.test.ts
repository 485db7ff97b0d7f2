import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgedRows, parityPage } from '../oracle/parity-page.ts'
import { parityRows } from '../oracle/parity-rows.ts'
import { readRecorded, scenarioFiles } from '../oracle/recorded-answers.ts'
import { checkGenerated } from './snapshot.ts'

const rows = judgedRows()

test('every row of parity that Java judges has a scenario', () => {
  const judged = rows.filter(({ row }) => row.notJudged === undefined && row.difference === undefined)
  const missing = judged.filter(({ scenarios }) => scenarios.size === 0).map(({ row }) => row.id)
  assert.deepEqual(missing, [])
})

test('scenarios name rows of parity that exist and are judged', () => {
  const known = new Set(
    parityRows.filter(({ notJudged, difference }) => notJudged === undefined && difference === undefined).map(({ id }) => id),
  )
  const wrong = scenarioFiles().flatMap((file) =>
    readRecorded(file).flatMap(({ name, scenario }) => {
      const named = (scenario as { readonly rows?: readonly string[] }).rows ?? []
      return named.filter((id) => !known.has(id)).map((id) => `${file}, "${name}": ${id}`)
    }),
  )
  assert.deepEqual(wrong, [])
})

test('docs/parity.md is generated from the rows and the scenarios', () => {
  checkGenerated('docs/parity.md', parityPage(rows))
})
