import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSync } from 'oxc-parser'
import { allSourceFiles, lineAt, listFiles, readText, visitNodes } from './source-tree.ts'

// The patterns are put together so that this file does not find itself.
const debts = new RegExp(`\\b(${['TO', 'FIX', 'XX'].map((start, index) => start + ['DO', 'ME', 'X'][index]).join('|')})\\b`)
const machinePaths = new RegExp(`(^|[\\s"'\`(=:])/${'(work|root|home|Users)'}/\\w|\\.\\./${'shared'}/`)

/** Casts (`as`, without `as const`) per thousand lines of src: a ceiling, so that they cannot creep in. Lower it when you can. */
const CASTS_PER_1000_LINES_MAX = 12

const texts = (): readonly string[] =>
  ['src', 'test', 'examples', 'bench', 'docs', 'tools', ''].flatMap((folder) => {
    const wanted = /\.(ts|tsx|mjs|js|md|java|xml|json|html|css)$/
    try {
      return listFiles(folder).filter((path) => wanted.test(path) && (folder !== '' || !path.includes('/')))
    } catch {
      return []
    }
  })

function findLines(pattern: RegExp): readonly string[] {
  const found: string[] = []
  for (const path of texts()) {
    if (path === 'package-lock.json') continue
    for (const [index, line] of readText(path).split('\n').entries())
      if (pattern.test(line)) found.push(`${path}:${index + 1} ${line.trim()}`)
  }
  return found
}

test('no debts are written into the code: they are issues', () => {
  assert.deepEqual(findLines(debts), [])
})

test('no path of a particular machine is in the repository', () => {
  assert.deepEqual(findLines(machinePaths), [])
})

test('no test is alone, left out or planned', () => {
  assert.deepEqual(findLines(new RegExp(`\\b(test|it|describe|suite)\\.(${'only'}|${'skip'}|${'todo'})\\(`)), [])
})

test('no code is commented out', () => {
  const found: string[] = []
  const start =
    /^\s*(const |let |import |export |if \(|for \(|while \(|return |await |throw |function |class |assert\b.*\(|\w+(\.\w+)+\(.*\)$)/
  for (const { path, text, parsed } of allSourceFiles()) {
    for (const comment of parsed.comments) {
      if (comment.type !== 'Line' || !start.test(comment.value)) continue
      const code = comment.value.trim()
      const { errors, program } = parseSync('comment.ts', /^(return|await)\b/.test(code) ? `async function f() { ${code} }` : code)
      if (errors.length === 0 && program.body.length > 0) found.push(`${path}:${lineAt(text, comment.start)} ${code}`)
    }
  }
  assert.deepEqual(found, [])
})

test('lint suppressions name the rule and give a reason', () => {
  assert.deepEqual(
    findLines(new RegExp(`${'oxlint'}-${'disable'}(?!.* -- \\w)`)).filter((line) => !line.includes('leftovers.test.ts')),
    [],
  )
})

test('casts do not creep in', (context) => {
  let casts = 0
  let lines = 0
  for (const { path, text, parsed } of allSourceFiles()) {
    if (!path.startsWith('src/') || path.endsWith('.test.ts')) continue
    lines += text.split('\n').length
    visitNodes(parsed.program, (node) => {
      if (node.type !== 'TSAsExpression') return
      const isConst = text.slice(node.typeAnnotation.start, node.typeAnnotation.end) === 'const'
      if (!isConst) casts++
    })
  }
  const perThousand = (casts * 1000) / lines
  context.diagnostic(
    `${casts} casts in ${lines} lines of src: ${perThousand.toFixed(1)} per thousand, ${CASTS_PER_1000_LINES_MAX} are allowed`,
  )
  assert.ok(perThousand <= CASTS_PER_1000_LINES_MAX, `${casts} casts in ${lines} lines`)
})
