import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkGenerated } from '../tidy/snapshot.ts'
import { compilingStatements, wrongStatements } from '../types/wrong-statements.ts'

const folder = fileURLToPath(new URL('../types/', import.meta.url))
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

test('StreamsBuilder: wrong programs do not compile, and the compiler says why in readable words', () => {
  const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: folder, encoding: 'utf8' })
  assert.ok(run.stdout !== '', `the compiler ran: ${run.stderr}`)
  checkGenerated('test/types/wrong-programs.messages.txt', run.stdout)
  assert.deepEqual(compilingStatements(run.stdout), [], 'every one of them has an error')
  assert.equal(wrongStatements.length, 136)
})
