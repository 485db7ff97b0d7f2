import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The TypeScript programs of the README, in their order. */
const programs = [...readFileSync(`${root}README.md`, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program!)

test('the first program of the README counts on the embedded cluster', () => {
  assert.equal(run(programs[0]!), 'the: 2\n')
})

test('the second program of the README drives the topology of the first', () => {
  const topology = programs[0]!.slice(0, programs[0]!.indexOf('await using cluster'))
  const output = run(`${topology}${programs[1]!}`)
  assert.match(output, /\[ 'be', 2 \]/)
  assert.equal(output.trim().split('\n').at(-1), '2')
})

function run(program: string): string {
  const args = ['--conditions=ours-src', '--input-type=module-typescript', '--eval', program]
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
}
