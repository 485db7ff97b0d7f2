import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

const programs = programsOf('README.md')

/** The TypeScript programs of a page, in their order. */
function programsOf(page: string): readonly string[] {
  return [...readFileSync(`${root}${page}`, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, program]) => program!)
}

test('the first program of the README counts on the embedded cluster', () => {
  assert.equal(run(programs[0]!), 'the: 2\n')
})

test('the second program of the README drives the topology of the first', () => {
  const topology = programs[0]!.slice(0, programs[0]!.indexOf('await using cluster'))
  const output = run(`${topology}${programs[1]!}`)
  assert.match(output, /\[ 'be', 2 \]/)
  assert.equal(output.trim().split('\n').at(-1), '2')
})

test('the programs of docs/testing.md run, and what they assert holds', () => {
  const outputs = programsOf('docs/testing.md').map(run)
  assert.deepEqual(outputs, ['', '', '', '127.0.0.1:9092\n', '1\n'])
})

function run(program: string): string {
  const args = ['--conditions=ours-src', '--input-type=module-typescript', '--eval', program]
  return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 })
}
