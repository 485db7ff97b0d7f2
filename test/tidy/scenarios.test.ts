import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecorded, scenarioFiles } from '../oracle/recorded-answers.ts'
import { censusOf, missingChains, missingConfig, missingFunctions, missingValues } from '../oracle/scenario-census.ts'

const census = censusOf(scenarioFiles().flatMap((file) => readRecorded(file).map(({ scenario }) => scenario)))

test('scenarios: every operator comes after every other that it can come after', () => {
  // Java takes the store of such a table for one without windows, and fails at the start.
  const impossible = /^(windowed|session) cogrouped stream: aggregate -> .*[jJ]oin/
  assert.deepEqual(
    missingChains(census).filter((chain) => !impossible.test(chain)),
    [],
  )
})

test('scenarios: every option of every operator takes each of its values, is given, and is left out where it may be', () => {
  assert.deepEqual(missingValues(census), [])
})

test('scenarios: every function of every registry is given to an operator', () => {
  assert.deepEqual(missingFunctions(census), [])
})

test('scenarios: every key of the configuration has each of its values', () => {
  assert.deepEqual(missingConfig(census), [])
})
