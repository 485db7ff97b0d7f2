import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from 'oxc-parser'
import { impure } from './layers.ts'
import { importsOf, isTest, lineAt, sourceFiles, visitNodes } from './source-tree.ts'

// Everything that changes between two runs comes in as `Environment`. This is what makes seeded simulation possible.

/** Modules of Node that compute and nothing else; `node:module` loads optional packages. */
const pureModules = new Set([
  'node:assert',
  'node:buffer',
  'node:crypto',
  'node:events',
  'node:module',
  'node:path',
  'node:util',
  'node:zlib',
])

/** What of `node:crypto` is pure. */
const pureCrypto = new Set(['createHash', 'createHmac', 'hash', 'getHashes', 'pbkdf2Sync', 'timingSafeEqual', 'type'])

const impureGlobals = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'WebSocket',
  'process',
  'console',
  'crypto',
  'performance',
  'navigator',
  'Worker',
])

const impureMembers = new Set(['Date.now', 'Math.random', 'globalThis.performance', 'globalThis.process', 'globalThis.crypto'])

test('nothing outside the adapters reads clocks, timers, randomness, files or sockets', () => {
  const wrong: string[] = []
  for (const file of sourceFiles('src')) {
    const { path, text, parsed } = file
    if (isTest(path) || impure.some((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry))) continue
    for (const { specifier, isType, names, line } of importsOf(file)) {
      if (!specifier.startsWith('node:') || isType) continue
      if (!pureModules.has(specifier)) wrong.push(`${path}:${line} imports ${specifier}`)
      const impureName = specifier === 'node:crypto' ? names.find((name) => !pureCrypto.has(name)) : undefined
      if (impureName !== undefined) wrong.push(`${path}:${line} imports ${impureName} of ${specifier}`)
    }
    for (const { offset, what } of impureUses(parsed.program)) wrong.push(`${path}:${lineAt(text, offset)} uses ${what}`)
  }
  assert.deepEqual(wrong, [])
})

interface Use {
  readonly offset: number
  readonly what: string
}

function impureUses(program: Node): readonly Use[] {
  const uses: Use[] = []
  const declared = new Set<string>()
  visitNodes(program, (node, parent) => {
    if (node.type === 'Identifier' && parent !== undefined && isDeclaration(node, parent)) declared.add(node.name)
  })
  visitNodes(program, (node, parent) => {
    if (node.type === 'MemberExpression' && node.object.type === 'Identifier' && node.property.type === 'Identifier' && !node.computed) {
      const what = `${node.object.name}.${node.property.name}`
      if (impureMembers.has(what)) uses.push({ offset: node.start, what })
    }
    if (node.type === 'NewExpression' && node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) {
      uses.push({ offset: node.start, what: 'new Date()' })
    }
    if (node.type !== 'Identifier' || !impureGlobals.has(node.name) || declared.has(node.name)) return
    if (parent !== undefined && isReference(node, parent)) uses.push({ offset: node.start, what: node.name })
  })
  return uses
}

/** Whether `node` declares the name: a variable, a parameter, a function or an import. */
function isDeclaration(node: Node, parent: Node): boolean {
  switch (parent.type) {
    case 'VariableDeclarator':
    case 'FunctionDeclaration':
      return parent.id === node
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return parent.params.some((param) => param === node)
    case 'Property':
      return parent.shorthand && parent.value === node
    case 'ImportSpecifier':
      return parent.local === node
    default:
      return false
  }
}

/** Whether `node` reads a variable, rather than naming a property, a type or a key. */
function isReference(node: Node, parent: Node): boolean {
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed
  if (parent.type === 'Property') return parent.value === node
  if (parent.type === 'PropertyDefinition') return parent.value === node
  return parent.type !== 'MethodDefinition' && !parent.type.startsWith('TS')
}
