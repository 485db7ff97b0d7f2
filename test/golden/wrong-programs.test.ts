import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkGenerated } from '../tidy/snapshot.ts'

const folder = fileURLToPath(new URL('../types/', import.meta.url))
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

/** The lines on which a statement of the wrong programs begins. */
function statementLines(text: string): number[] {
  const lines = text.split('\n')
  const from = lines.findIndex((line) => line.startsWith('// Functions that'))
  const isStart = (line: string): boolean => /^[a-z]/.test(line)
  return lines.flatMap((line, index) => (index >= from && isStart(line) ? [index + 1] : []))
}

test('StreamsBuilder: wrong programs do not compile, and the compiler says why in readable words', () => {
  const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: folder, encoding: 'utf8' })
  assert.ok(run.stdout !== '', `the compiler ran: ${run.stderr}`)
  checkGenerated('test/types/wrong-programs.messages.txt', run.stdout)

  const errorLines = Array.from(run.stdout.matchAll(/^wrong-programs\.ts\((\d+),/gm), ([, line]) => Number(line))
  const starts = statementLines(readFileSync(`${folder}wrong-programs.ts`, 'utf8'))
  const compiling = starts.filter((line, index) => {
    const next = starts[index + 1] ?? Number.POSITIVE_INFINITY
    return !errorLines.some((errorLine) => errorLine >= line && errorLine < next)
  })
  assert.deepEqual(compiling, [], 'every one of them has an error')
  assert.equal(starts.length, 54)
})
