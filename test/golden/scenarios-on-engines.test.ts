import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testedEngines } from '../../src/state/engines/tested-engines.test.ts'
import { compareAnswers } from '../oracle/compare-answers.ts'
import { readRecorded, scenarioFiles } from '../oracle/recorded-answers.ts'
import { runScenario } from '../oracle/run-scenario.ts'

// The scenarios of `scenarios.test.ts` that have stores once more, with all stores on another engine: the one expected answer is Java's.

for (const { name: engine, fresh } of testedEngines) {
  if (engine === 'memory') continue
  for (const file of scenarioFiles()) {
    test(`scenarios of ${file} on ${engine}: every record, row and drop is Java's`, () => {
      const differences: string[] = []
      for (const { name, scenario, answer } of readRecorded(file)) {
        assert.ok(answer !== null)
        if (answer.reads === undefined || answer.reads.length === 0) continue
        for (const line of compareAnswers(answer, runScenario(scenario, fresh))) differences.push(`${name}: ${line}`)
      }
      assert.deepEqual(differences, [])
    })
  }
}
