import { writeFileSync } from 'node:fs'
import { dependsOnOrder, drawGroup, findSeeds } from '../golden/assignment-groups.ts'
import { askJavaToAssign } from './assignment-answers.ts'

// Writes down what Java's leader assigns to the groups of the first seeds, and of some more in which a custom assignor uses Java's tools, or the
// partition counts depend on the order of sub-topologies, for test/golden/assignments.test.ts:
// node --conditions=ours-src test/oracle/record-assignments.ts

const FIRST = 90
const WITH_STEPS = 30
const WITH_ORDER = 5

const seeds = Array.from({ length: FIRST }, (_, index) => index + 1)
seeds.push(...findSeeds(FIRST + 1, WITH_STEPS, ({ steps }) => steps.length > 0))
seeds.push(...findSeeds(seeds.at(-1)! + 1, WITH_ORDER, dependsOnOrder))
const answers = askJavaToAssign(seeds.map(drawGroup))
const lines = seeds.map((seed, index) => `  "${seed}": ${JSON.stringify(answers[index])}`)
writeFileSync(new URL('answers/assignments.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`)
