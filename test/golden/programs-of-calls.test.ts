import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { describeProgram, makePrograms, makeRuns, PROGRAM_COUNT, PROGRAM_SEED, RUN_COUNT, runProgram } from './programs-of-calls.ts'

// A digest of Java's text per program; "unsupported" where its optimizer gives up and ours does not.
const unsupported = digest('unsupported')

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function compare(file: string, programs: readonly string[], textOf: (program: string) => string): void {
  const answers = readFileSync(new URL(`../oracle/answers/${file}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
  assert.equal(answers.length, programs.length)
  const different = programs.filter((program, index) => answers[index] !== unsupported && answers[index] !== digest(textOf(program)))
  assert.deepEqual(different, [])
  assert.ok(answers.filter((answer) => answer === unsupported).length < programs.length / 20, 'Java can build nearly all of them')
}

test('StreamsBuilder: random programs are described as the Java library describes them', () => {
  compare('programs.txt', makePrograms(PROGRAM_SEED, PROGRAM_COUNT), describeProgram)
})

test('StreamsBuilder: random programs write what they write in the test driver of the Java library', () => {
  compare('program-runs.txt', makeRuns(PROGRAM_SEED, RUN_COUNT), runProgram)
})
