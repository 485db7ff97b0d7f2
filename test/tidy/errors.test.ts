import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCodeInfo, errorCodes } from '../../src/base/error-codes.ts'
import { checkGenerated } from './snapshot.ts'
import { isTest, lineAt, readText, sourceFiles } from './source-tree.ts'

const table: readonly (readonly [string, ErrorCodeInfo])[] = Object.entries(errorCodes)
const tablePath = 'src/base/error-codes.ts'

test('error codes are sorted by family, then by name, each once', () => {
  const keys = table.map(([code, { family }]) => `${family} ${code}`)
  assert.deepEqual(keys, keys.toSorted())
  const written = [...readText(tablePath).matchAll(/^ {2}([A-Z][A-Z_0-9]*): \{$/gm)].map((match) => match[1])
  assert.deepEqual(
    written,
    table.map(([code]) => code),
  )
})

test('every error code is thrown somewhere', () => {
  const sources = sourceFiles('src')
    .filter(({ path }) => !isTest(path) && path !== tablePath)
    .map(({ text }) => text)
  const unused = table.map(([code]) => code).filter((code) => !sources.some((text) => text.includes(`'${code}'`)))
  assert.deepEqual(unused, [])
})

test('error codes are thrown in the class of their family', () => {
  const families = new Map(table.map(([code, { family }]) => [code, family]))
  const wrong: string[] = []
  for (const { path, text } of sourceFiles('src')) {
    for (const match of text.matchAll(/new (\w+Error)\(\s*'([A-Z][A-Z_0-9]+)'/g)) {
      const family = families.get(match[2]!)
      if (family !== undefined && family !== match[1]) wrong.push(`${path}:${lineAt(text, match.index)} ${match[1]} ${match[2]}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('every error code is named by a test', () => {
  const tests = ['src', 'test'].flatMap((folder) => sourceFiles(folder).filter(({ path }) => isTest(path)))
  const missing = table.map(([code]) => code).filter((code) => !tests.some(({ text }) => text.includes(code)))
  assert.deepEqual(missing, [])
})

test('docs/reference/errors.md is generated from the table', () => {
  const lines = [
    '# Errors',
    '',
    'Every error that Millrace throws on purpose is a `MillraceError` with a `code` of this table. `isMillraceError(error)` recognises them. Retriable: the same action may succeed when it is tried again.',
  ]
  let family = ''
  for (const [code, info] of table) {
    if (info.family !== family) lines.push('', `## ${(family = info.family)}`)
    lines.push('', `### ${code}`, '', info.meaning, '', `What to do: ${info.remedy}`, '', `Retriable: ${info.retriable ? 'yes' : 'no'}.`)
  }
  checkGenerated('docs/reference/errors.md', `${lines.join('\n')}\n`)
})
