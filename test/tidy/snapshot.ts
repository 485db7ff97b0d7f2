import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './source-tree.ts'

/**
 * Compares a generated file of the repository with `text`; with `UPDATE=1` in the environment it writes the file instead. The command to
 * accept a change: `UPDATE=1 npm run unit`.
 */
export function checkGenerated(path: string, text: string): void {
  const file = join(root, path)
  if (process.env['UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  assert.ok(existsSync(file), `${path} is missing: run UPDATE=1 npm run unit`)
  assert.equal(readFileSync(file, 'utf8'), text, `${path} is out of date: run UPDATE=1 npm run unit, and review what changed`)
}

/** The same for the part of a Markdown file between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
export function checkGeneratedSection(path: string, name: string, text: string): void {
  const whole = readFileSync(join(root, path), 'utf8')
  const begin = `<!-- ${name}:begin (generated: UPDATE=1 npm run unit) -->`
  const end = `<!-- ${name}:end -->`
  const from = whole.indexOf(begin)
  const to = whole.indexOf(end)
  assert.ok(from !== -1 && to > from, `${path} has the lines "${begin}" and "${end}"`)
  checkGenerated(path, `${whole.slice(0, from + begin.length)}\n\n${text}\n\n${whole.slice(to)}`)
}
