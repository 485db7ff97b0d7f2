import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { drawGroup, findSeeds } from '../golden/assignment-groups.ts'
import { askJavaToAssign, assignGroup, type JavaAssignments, readJavaAssignments } from '../oracle/assignment-answers.ts'
import { javaSkipReason } from '../oracle/maven.ts'

const FRESH_GROUPS = 200
const FRESH_WITH_TOOLS = 100
const recorded = JSON.parse(readFileSync(new URL('../oracle/answers/assignments.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, JavaAssignments>
>

test(
  'assignments: the Java library still assigns what is recorded, and groups that nobody has seen before as we do',
  { skip: javaSkipReason() },
  () => {
    const known = Object.keys(recorded).map((seed) => drawGroup(Number(seed)))
    const first = Math.floor(Math.random() * 2 ** 31)
    const fresh = Array.from({ length: FRESH_GROUPS }, (_, index) => drawGroup(first + index))
    fresh.push(...findSeeds(first + FRESH_GROUPS, FRESH_WITH_TOOLS, ({ steps }) => steps.length > 0).map(drawGroup))
    const answers = askJavaToAssign([...known, ...fresh])
    assert.deepEqual(answers.slice(0, known.length), Object.values(recorded))
    for (const [index, group] of fresh.entries()) {
      const answer = readJavaAssignments(answers[known.length + index]!)
      assert.deepEqual(assignGroup(group), answer, `the group that is drawn from seed ${group.seed}`)
    }
  },
)
