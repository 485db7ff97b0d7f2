import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAnswers } from '../oracle/compare-answers.ts'
import { readRecorded, scenarioFiles } from '../oracle/recorded-answers.ts'
import { runScenario } from '../oracle/run-scenario.ts'

// The hand-written scenarios of test/oracle, compared with what the Java library said about them.

for (const file of scenarioFiles()) {
  for (const { name, scenario, answer } of readRecorded(file)) {
    test(`scenario "${name}" of ${file}: every record, row and drop is Java's`, () => {
      assert.ok(answer !== null, 'there is no answer of Java for the scenario as it is: npm run oracle -- record')
      assert.equal(answer.refused, undefined)
      assert.deepEqual(compareAnswers(answer, runScenario(scenario)), [])
    })
  }
}

test('a scenario with an operator, an option or a function that is not known is refused', () => {
  const refused = (...topology: object[]): string | undefined => runScenario({ topology, steps: [] }).refused
  const source = { op: 'stream', id: 'in', topic: 'in' }
  assert.match(refused({ ...source, colour: 'red' }) ?? '', /"colour"/)
  assert.match(refused({ ...source, offsetReset: 'sometimes' }) ?? '', /"offsetReset" is none of earliest/)
  assert.match(refused(source, { op: 'fold', id: 'f', from: 'in' }) ?? '', /"fold"/)
  assert.match(refused(source, { op: 'filter', id: 'f', from: 'in', predicate: 'maybe' }) ?? '', /"maybe"/)
  assert.match(refused(source, { op: 'filter', id: 'f', from: 'out', predicate: 'always' }) ?? '', /"out"/)
  assert.match(refused(source, { op: 'groupByKey', id: 'in', from: 'in' }) ?? '', /twice/)
  assert.match(runScenario({ config: { 'num.threads': 2 }, topology: [], steps: [] }).refused ?? '', /"num.threads"/)
})
