import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTest, lineAt, listFiles, type SourceFile, sourceFiles } from './source-tree.ts'

/** Names that say nothing of what is in the file. */
const forbidden = /^(utils?|helpers?|common|types?|misc|manager|[a-z-]+-(utils?|helpers?|types|manager))$/

test('files and folders of src are named in kebab case, by a noun that says what they hold', () => {
  const wrong: string[] = []
  for (const path of listFiles('src')) {
    for (const part of path.split('/').slice(1)) {
      const [name = ''] = part.split('.')
      if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(part) || forbidden.test(name)) wrong.push(path)
    }
  }
  assert.deepEqual(wrong, [])
})

test('exported types have no I prefix and no Impl', () => {
  const wrong: string[] = []
  for (const { path, text } of sourceFiles('src')) {
    for (const match of text.matchAll(/^export (?:abstract )?(?:interface|class|type) (\w+)/gm)) {
      if (/^I[A-Z][a-z]|Impl$/.test(match[1]!)) wrong.push(`${path}:${lineAt(text, match.index)} ${match[1]}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('every exported symbol of src has a doc comment', () => {
  const wrong: string[] = []
  for (const file of sourceFiles('src')) if (!isTest(file.path)) wrong.push(...undocumentedOf(file))
  assert.deepEqual(wrong, [])
})

/** The exported declarations without a doc comment. Overloads and lines that follow one another without a gap share the first one's. */
function undocumentedOf({ path, text, parsed }: SourceFile): readonly string[] {
  const found: string[] = []
  const docs = parsed.comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
  let previous = { name: '', end: 0, isDocumented: false }
  for (const { type, start, end } of parsed.program.body) {
    const declared = /^export (?:declare |async |abstract )*(?:const|let|function\*?|class|interface|type) (\w+)/.exec(
      text.slice(start, end),
    )
    const name = type === 'ExportNamedDeclaration' ? declared?.[1] : undefined
    const isShared = previous.isDocumented && (name === previous.name || text.slice(previous.end, start) === '\n')
    // Lint suppressions may stand between the comment and the declaration.
    const hasOwn = docs.some((doc) => doc.end < start && /^(\s|\/\/.*\n)*$/.test(text.slice(doc.end, start)))
    if (name !== undefined && !hasOwn && !isShared) found.push(`${path}:${lineAt(text, start)} ${name}`)
    previous = { name: name ?? '', end, isDocumented: name !== undefined && (hasOwn || isShared) }
  }
  return found
}
