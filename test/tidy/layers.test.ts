import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawLayers, findLayer, type Layer, layers, loadedOnUse, mayImport, sockets } from './layers.ts'
import { checkGeneratedSection } from './snapshot.ts'
import { importsOf, isTest, listFiles, readSource, readText, type SourceFile, sourceFiles, visitNodes, lineAt } from './source-tree.ts'

const built = (): readonly SourceFile[] => sourceFiles('src').filter(({ path }) => !isTest(path))
const paths = new Set(listFiles('src'))

test('every file of src is in a layer of the table', () => {
  assert.deepEqual(
    [...paths].filter((path) => findLayer(path) === undefined),
    [],
  )
})

test('layers are listed lowest first: a row names only rows above it', () => {
  const wrong: string[] = []
  for (const [index, { name, imports, types }] of layers.entries()) {
    const lower = layers.slice(0, index).map((candidate) => candidate.name)
    for (const entry of [...imports, ...types]) {
      if (entry !== '*' && !lower.includes(entry.split('/')[0]!)) wrong.push(`${name} names ${entry}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('mayImport() follows the row of the importing file', () => {
  const of = (name: string): Layer => layers.find((candidate) => candidate.name === name)!
  assert.equal(mayImport(of('record'), 'src/base/assert.ts', false), true)
  assert.equal(mayImport(of('base'), 'src/record/batch-view.ts', true), false)
  assert.equal(mayImport(of('processor'), 'src/state/store-spec.ts', true), true)
  assert.equal(mayImport(of('processor'), 'src/state/store-spec.ts', false), false)
  assert.equal(mayImport(of('queries'), 'src/runtime/app/view.ts', false), true)
  assert.equal(mayImport(of('queries'), 'src/runtime/app/other.ts', false), false)
  assert.equal(mayImport(of('cli'), 'src/wire/connection.ts', false), true)
})

test('imports in src follow the layer table', () => {
  const wrong: string[] = []
  for (const file of built()) {
    const from = findLayer(file.path)
    if (from === undefined) continue
    for (const { target, isType, line } of importsOf(file)) {
      if (target === undefined || mayImport(from, target, isType)) continue
      wrong.push(`${file.path}:${line} imports ${isType ? 'types of ' : ''}${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('relative imports name a file that exists, with its ending, and stay in src', () => {
  const wrong: string[] = []
  for (const file of built()) {
    for (const { specifier, target, line } of importsOf(file)) {
      if (target !== undefined && !paths.has(target)) wrong.push(`${file.path}:${line} imports ${specifier}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('packages that src imports are dependencies, and sockets are opened in one folder', () => {
  const manifest = JSON.parse(readText('package.json')) as Record<string, Readonly<Record<string, string>> | undefined>
  const declared = { ...manifest['dependencies'], ...manifest['optionalDependencies'], ...manifest['peerDependencies'] }
  const wrong: string[] = []
  for (const file of built()) {
    for (const { specifier, target, line } of importsOf(file)) {
      if (sockets.modules.some((name) => name === specifier) && !file.path.startsWith(sockets.folder)) {
        wrong.push(`${file.path}:${line} imports ${specifier}`)
      }
      if (target !== undefined || specifier.startsWith('node:')) continue
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      if (!(name in declared)) wrong.push(`${file.path}:${line} imports ${specifier}, which package.json does not declare`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('there are no barrels: index.ts only as public entry, no "export *", no import() types', () => {
  const wrong: string[] = []
  for (const { path, parsed, text } of built()) {
    if (path.endsWith('/index.ts') && path !== 'src/index.ts') wrong.push(path)
    visitNodes(parsed.program, (node) => {
      if (node.type === 'ExportAllDeclaration' || node.type === 'TSImportType')
        wrong.push(`${path}:${lineAt(text, node.start)} ${node.type}`)
    })
  }
  assert.deepEqual(wrong, [])
})

test('imports in src have no cycles, types included', () => {
  const graph = new Map(built().map((file) => [file.path, staticTargets(file)]))
  assert.deepEqual(findCycles(graph), [])
})

test('findCycles() finds each cycle once', () => {
  const graph = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['a']],
    ['d', []],
    ['e', ['e']],
  ])
  assert.deepEqual(findCycles(graph), ['a -> b -> c -> a', 'e -> e'])
})

for (const [entry, late] of Object.entries(loadedOnUse)) {
  test(`${entry} loads only what it needs at once`, { skip: paths.has(entry) ? false : `${entry} does not exist yet` }, () => {
    const wrong: string[] = []
    const seen = new Set([entry])
    const visit = (path: string, way: string): void => {
      for (const { specifier, target, isType, isDynamic } of importsOf(readSource(path))) {
        if (isType || isDynamic) continue
        const name = target ?? specifier
        if (late.some((prefix) => name === prefix || (prefix.endsWith('/') && name.startsWith(prefix)))) wrong.push(`${way} -> ${name}`)
        if (target === undefined || seen.has(target) || !paths.has(target)) continue
        seen.add(target)
        visit(target, `${way} -> ${target}`)
      }
    }
    visit(entry, entry)
    assert.deepEqual(wrong, [])
  })
}

test('the layers in ARCHITECTURE.md are those of the table', () => {
  checkGeneratedSection('ARCHITECTURE.md', 'layers', drawLayers())
})

function staticTargets(file: SourceFile): readonly string[] {
  return importsOf(file).flatMap(({ target, isDynamic }) => (target === undefined || isDynamic ? [] : [target]))
}

/** One path per cycle that a depth-first search closes. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const cycles: string[] = []
  const done = new Set<string>()
  const way: string[] = []
  const visit = (path: string): void => {
    const start = way.indexOf(path)
    if (start !== -1) cycles.push([...way.slice(start), path].join(' -> '))
    if (start !== -1 || done.has(path)) return
    way.push(path)
    for (const target of graph.get(path) ?? []) visit(target)
    way.pop()
    done.add(path)
  }
  for (const path of graph.keys()) visit(path)
  return cycles
}
