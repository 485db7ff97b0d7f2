import { writeFileSync } from 'node:fs'
import { drawGroup } from '../golden/assignment-groups.ts'
import { askJavaToAssign } from './assignment-answers.ts'

// Writes down what Java's leader assigns to the groups of the first seeds, for test/golden/assignments.test.ts:
// node --conditions=ours-src test/oracle/record-assignments.ts

const seeds = Array.from({ length: 90 }, (_, index) => index + 1)
const answers = askJavaToAssign(seeds.map(drawGroup))
const lines = seeds.map((seed, index) => `  "${seed}": ${JSON.stringify(answers[index])}`)
writeFileSync(new URL('answers/assignments.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`)
