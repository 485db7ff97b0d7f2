import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateScenario, generateTopology } from '../oracle/generate-scenario.ts'
import { JavaOracle } from '../oracle/java-oracle.ts'
import { judge } from '../oracle/judge.ts'
import { javaSkipReason } from '../oracle/maven.ts'
import { readRecorded, scenarioFiles, withoutMessage } from '../oracle/recorded-answers.ts'

const SEED = 70_000
const COUNT = 400
/** Seeds that no run had before; a failure names the seed. */
const FRESH = 30
const TOPOLOGIES = 150
/** Of all random scenarios, at most this part may be discarded because Java differs from itself. */
const DISCARDED_MAX = 0.005

test('scenarios: the Java library still answers as recorded', { skip: javaSkipReason() }, async () => {
  using java = new JavaOracle()
  for (const file of scenarioFiles()) {
    for (const { name, scenario, answer } of readRecorded(file)) {
      assert.deepEqual(withoutMessage(await java.run(scenario)), answer, `${name} of ${file}`)
    }
  }
})

test('topologies: random ones are described, and have internal topics, as in the Java library', { skip: javaSkipReason() }, async () => {
  using java = new JavaOracle()
  for (let seed = SEED; seed < SEED + TOPOLOGIES; seed++) {
    const { differences } = await judge(generateTopology(seed), java)
    assert.deepEqual(differences, [], `seed ${seed}, see npm run oracle -- topologies --seed ${seed} --count 1`)
  }
})

test('scenarios: random ones have the same outcome in the Java library and here', { skip: javaSkipReason() }, async () => {
  using java = new JavaOracle()
  let discarded = 0
  const fresh = Math.floor(Math.random() * 1e9)
  const seeds = [
    ...Array.from({ length: COUNT }, (_x, index) => SEED + index),
    ...Array.from({ length: FRESH }, (_x, index) => fresh + index),
  ]
  for (const seed of seeds) {
    const { differences, isDiscarded, java: answer } = await judge(generateScenario(seed), java)
    assert.equal(answer.refused, undefined, `seed ${seed}`)
    if (isDiscarded) discarded++
    else assert.deepEqual(differences, [], `seed ${seed}, see npm run oracle -- random --seed ${seed} --count 1`)
  }
  assert.ok(discarded <= seeds.length * DISCARDED_MAX, `${discarded} scenarios were discarded`)
})
