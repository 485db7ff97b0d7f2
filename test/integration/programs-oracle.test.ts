import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makePrograms, makeRuns, PROGRAM_COUNT, PROGRAM_SEED, RUN_COUNT } from '../golden/programs-of-calls.ts'
import { javaSkipReason } from '../oracle/maven.ts'
import { runJava } from '../oracle/run-java.ts'

/** What Java prints for `programs` must be what is recorded in `file`. */
function compare(file: string, programs: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-programs-'))
  try {
    const input = join(folder, 'programs.txt')
    writeFileSync(input, `${programs.join('\n')}\n`)
    const live = runJava('DescribePrograms', 'DescribePrograms', [input])
    assert.equal(live, readFileSync(new URL(`../oracle/answers/${file}`, import.meta.url), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('StreamsBuilder: the Java library still describes the random programs as recorded', { skip: javaSkipReason() }, () => {
  compare('programs.txt', makePrograms(PROGRAM_SEED, PROGRAM_COUNT))
})

test(
  "StreamsBuilder: the Java library's test driver still writes what is recorded of the random programs",
  { skip: javaSkipReason() },
  () => {
    compare('program-runs.txt', makeRuns(PROGRAM_SEED, RUN_COUNT))
  },
)
