import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../examples/windowed-word-count/main.ts', import.meta.url))

test('examples: the windowed word count gives what a plain loop gives, late words dropped', () => {
  const output = execFileSync(process.execPath, ['--conditions=ours-src', main], { encoding: 'utf8', timeout: 60_000 })
  assert.match(output, /verified: 20 windows, 24 late words dropped, identical\n$/)
})
