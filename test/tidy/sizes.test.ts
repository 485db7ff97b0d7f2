import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Class, Node } from 'oxc-parser'
import { allSourceFiles, isTest, lineAt, listFiles, readSource, type SourceFile, visitNodes } from './source-tree.ts'

// The hard limits of the house style. What exceeds one on purpose is listed in `exceptions` with the reason.

const FILE_LINES_MAX = 600
// Files of which more than half are comments: the public interfaces. src/dsl/kstream.ts is the one that needs it. Streams, tables and
// groupings name each other in their signatures, and imports may have no cycles, types included: so they cannot be in several files.
const INTERFACE_FILE_LINES_MAX = 900
const TEST_FILE_LINES_MAX = 1000
const FUNCTION_LINES_MAX = 70
const PARAMETERS_MAX = 4
const METHODS_MAX = 25
const FOLDER_FILES_MAX = 25

/** Folders of one kind of thing with names that can be guessed. */
const folderFilesMax: Readonly<Record<string, number>> = {
  'src/operators': 45,
  'src/planner/nodes': 45,
  'src/protocol/messages': 60,
}

/** Where a limit is exceeded on purpose: `path` or `path: name` -> why. An entry that is no longer needed fails. */
const exceptions: Readonly<Record<string, string>> = {
  'lines src/base/error-codes.ts': 'one table of all codes, so that each is there once: entries of a few lines and nothing else',
}

/** Compares what was found with the exceptions of the same kind. */
function check(kind: string, found: ReadonlyMap<string, string>): void {
  const excepted = Object.keys(exceptions).filter((key) => key.startsWith(`${kind} `))
  const wrong = [...found].filter(([key]) => !(`${kind} ${key}` in exceptions)).map(([key, what]) => `${key} ${what}`)
  assert.deepEqual(wrong, [])
  assert.deepEqual(
    excepted.filter((key) => !found.has(key.slice(kind.length + 1))),
    [],
    'these exceptions are no longer needed',
  )
}

test('source files are short', () => {
  const found = new Map<string, string>()
  for (const file of allSourceFiles()) {
    const lines = file.text.split('\n').length - 1
    const max = isTest(file.path) ? TEST_FILE_LINES_MAX : isMostlyComments(file) ? INTERFACE_FILE_LINES_MAX : FILE_LINES_MAX
    if (lines > max) found.set(file.path, `has ${lines} lines, ${max} are allowed`)
  }
  check('lines', found)
})

test('functions are short and take few parameters', () => {
  const long = new Map<string, string>()
  const wide = new Map<string, string>()
  for (const file of allSourceFiles()) {
    if (isTest(file.path)) continue
    for (const { name, line, bodyLines, parameters } of functionsOf(file)) {
      const key = `${file.path}: ${name}`
      if (bodyLines > FUNCTION_LINES_MAX) long.set(key, `(line ${line}) has ${bodyLines} lines, ${FUNCTION_LINES_MAX} are allowed`)
      if (parameters > PARAMETERS_MAX) wide.set(key, `(line ${line}) takes ${parameters} parameters, ${PARAMETERS_MAX} are allowed`)
    }
  }
  check('function', long)
  check('parameters', wide)
})

test('classes have few public methods, and only errors have a superclass', () => {
  const large = new Map<string, string>()
  const derived = new Map<string, string>()
  for (const file of allSourceFiles()) {
    if (isTest(file.path)) continue
    visitNodes(file.parsed.program, (node) => {
      if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return
      const key = `${file.path}: ${node.id?.name ?? 'class'}`
      const methods = publicMethodsOf(node)
      if (methods > METHODS_MAX && !file.path.startsWith('src/dsl/'))
        large.set(key, `has ${methods} public methods, ${METHODS_MAX} are allowed`)
      const parent = node.superClass
      if (parent !== null && !(parent.type === 'Identifier' && parent.name.endsWith('Error'))) derived.set(key, 'has a superclass')
    })
  }
  check('methods', large)
  check('superclass', derived)
})

test('folders hold few files', () => {
  const counts = new Map<string, number>()
  for (const path of listFiles('src')) {
    if (path.endsWith('.test.ts') || !path.endsWith('.ts')) continue
    const folder = path.slice(0, path.lastIndexOf('/'))
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const found = new Map<string, string>()
  for (const [folder, count] of counts) {
    const max = folderFilesMax[folder] ?? FOLDER_FILES_MAX
    if (count > max) found.set(folder, `holds ${count} files, ${max} are allowed`)
  }
  check('folder', found)
})

test('functionsOf() measures bodies and counts parameters', () => {
  const measured = functionsOf(readSource('test/tidy/sizes.test.ts')).find(({ name }) => name === 'publicMethodsOf')
  assert.deepEqual({ bodyLines: measured?.bodyLines, parameters: measured?.parameters }, { bodyLines: 5, parameters: 1 })
})

interface FunctionSize {
  readonly name: string
  readonly line: number
  /** Lines between the braces. */
  readonly bodyLines: number
  readonly parameters: number
}

function functionsOf(file: SourceFile): readonly FunctionSize[] {
  const found: FunctionSize[] = []
  visitNodes(file.parsed.program, (node, parent) => {
    if (node.type !== 'FunctionDeclaration' && node.type !== 'FunctionExpression' && node.type !== 'ArrowFunctionExpression') return
    if (node.body === null) return
    const line = lineAt(file.text, node.start)
    const first = lineAt(file.text, node.body.start)
    const last = lineAt(file.text, node.body.end - 1)
    const bodyLines = node.body.type === 'BlockStatement' ? Math.max(0, last - first - 1) : last - first + 1
    const parameters = node.params.filter((param) => !(param.type === 'Identifier' && param.name === 'this')).length
    found.push({ name: nameOf(node, parent) ?? 'function', line, bodyLines, parameters })
  })
  return found
}

function nameOf(node: Node, parent: Node | undefined): string | undefined {
  if (node.type === 'FunctionDeclaration' && node.id !== null) return node.id.name
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return parent.id.name
  const isMember = parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition' || parent?.type === 'Property'
  if (!isMember) return undefined
  return parent.key.type === 'Identifier' || parent.key.type === 'PrivateIdentifier' ? parent.key.name : undefined
}

function publicMethodsOf(node: Class): number {
  return node.body.body.filter((member) => {
    if (member.type !== 'MethodDefinition' || member.kind !== 'method') return false
    // Overload signatures count once: they have no body.
    return member.key.type !== 'PrivateIdentifier' && member.value.body !== null
  }).length
}

function isMostlyComments({ text, parsed }: SourceFile): boolean {
  const lines = parsed.comments.reduce((sum, comment) => sum + lineAt(text, comment.end) - lineAt(text, comment.start) + 1, 0)
  return lines > (text.split('\n').length - 1) / 2
}
