import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { describeProgram, makePrograms, PROGRAM_COUNT, PROGRAM_SEED } from './programs-of-calls.ts'

// A digest of Java's text per program; "unsupported" where its optimizer gives up and ours does not.
const unsupported = digest('unsupported')

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

test('StreamsBuilder: random programs are described as the Java library describes them', () => {
  const answers = readFileSync(new URL('../oracle/answers/programs.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  const programs = makePrograms(PROGRAM_SEED, PROGRAM_COUNT)
  assert.equal(answers.length, programs.length)
  const different = programs.filter(
    (program, index) => answers[index] !== unsupported && answers[index] !== digest(describeProgram(program)),
  )
  assert.deepEqual(different, [])
  assert.ok(answers.filter((answer) => answer === unsupported).length < programs.length / 20, 'Java can build nearly all of them')
})
