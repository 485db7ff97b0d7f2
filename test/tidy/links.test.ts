import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'
import { listFiles, readText, root } from './source-tree.ts'

function documents(): readonly string[] {
  return listFiles('').filter((path) => path.endsWith('.md') && (!path.includes('/') || /^(docs|src|examples|test|bench)\//.test(path)))
}

/** The anchors that the headings of a Markdown text have, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading] of withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)) {
    const base = heading!
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-')
    let anchor = base
    for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '')
}

test('links in the documents lead to files and headings that exist', () => {
  const broken: string[] = []
  for (const path of documents()) {
    const text = withoutCode(readText(path)).replaceAll(/`[^`\n]*`/g, '')
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue
      const [file = '', anchor] = target!.split('#')
      const resolved = file === '' ? path : posix.normalize(posix.join(dirname(path), file))
      if (!existsSync(join(root, resolved))) broken.push(`${path}: ${target}`)
      else if (anchor !== undefined && resolved.endsWith('.md') && !anchorsOf(readText(resolved)).has(anchor))
        broken.push(`${path}: ${target}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('paths that the documents name in code exist', () => {
  const broken: string[] = []
  for (const path of documents()) {
    for (const [, name] of withoutCode(readText(path)).matchAll(/`((?:src|test|docs|examples|bench|tools)\/[\w./-]+)`/g)) {
      if (!existsSync(join(root, name!))) broken.push(`${path}: ${name}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('every row of docs/differences.md names a test that exists', () => {
  const wrong: string[] = []
  for (const row of readText('docs/differences.md').split('\n')) {
    if (!row.startsWith('| ') || /^\| (?:difference|-)/.test(row)) continue
    const tests = [...row.slice(row.lastIndexOf(' | ')).matchAll(/`([^`]+)`(?:, "([^"]+)")?/g)]
    if (tests.length === 0) wrong.push(`no test: ${row.slice(0, 100)}`)
    for (const [, path, name] of tests) if (name !== undefined && !readText(path!).includes(name)) wrong.push(`${path}: ${name}`)
  }
  assert.deepEqual(wrong, [])
})

test('every dependency has its paragraph in docs/internals/dependencies.md', () => {
  const page = readText('docs/internals/dependencies.md')
  const missing = ['package.json', 'tools/package.json'].flatMap((manifest) => {
    const all = JSON.parse(readText(manifest)) as Readonly<Record<string, Readonly<Record<string, string>> | undefined>>
    const names = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((kind) =>
      Object.keys(all[kind] ?? {}),
    )
    return names.filter((name) => !page.includes(`\`${name}\``))
  })
  assert.deepEqual(missing, [])
})
