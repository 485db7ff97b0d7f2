import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makePrograms, PROGRAM_COUNT, PROGRAM_SEED } from '../golden/programs-of-calls.ts'
import { javaSkipReason } from '../oracle/maven.ts'
import { runJava } from '../oracle/run-java.ts'

test('StreamsBuilder: the Java library still describes the random programs as recorded', { skip: javaSkipReason() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-programs-'))
  try {
    const file = join(folder, 'programs.txt')
    writeFileSync(file, `${makePrograms(PROGRAM_SEED, PROGRAM_COUNT).join('\n')}\n`)
    const live = runJava('DescribePrograms', 'DescribePrograms', [file])
    assert.equal(live, readFileSync(new URL('../oracle/answers/programs.txt', import.meta.url), 'utf8'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
