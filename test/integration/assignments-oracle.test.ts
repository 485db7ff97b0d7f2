import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { drawGroup } from '../golden/assignment-groups.ts'
import { askJavaToAssign, assignGroup, type JavaAssignments, readJavaAssignments } from '../oracle/assignment-answers.ts'
import { javaSkipReason } from '../oracle/maven.ts'

const skip = javaSkipReason()
const FRESH_GROUPS = 200

test('assignments: the Java library still assigns what is recorded', { skip }, () => {
  const answers = new URL('../oracle/answers/assignments.json', import.meta.url)
  const recorded = JSON.parse(readFileSync(answers, 'utf8')) as Readonly<Record<string, JavaAssignments>>
  assert.deepEqual(askJavaToAssign(Object.keys(recorded).map((seed) => drawGroup(Number(seed)))), Object.values(recorded))
})

test('assignments: groups that nobody has seen before are assigned as by Kafka Streams', { skip }, () => {
  const first = Math.floor(Math.random() * 2 ** 31)
  const groups = Array.from({ length: FRESH_GROUPS }, (_, index) => drawGroup(first + index))
  for (const [index, answer] of askJavaToAssign(groups).entries()) {
    const group = groups[index]!
    assert.deepEqual(assignGroup(group), readJavaAssignments(answer), `the group that is drawn from seed ${group.seed}`)
  }
})
