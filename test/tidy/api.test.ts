import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkGenerated } from './snapshot.ts'
import { readSource, readText, root } from './source-tree.ts'

// The public surface: what each entry of the package exports. A change here is a change for users; it belongs into CHANGELOG.md.

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

test('the entries export what test/tidy/api.json lists', () => {
  const { exports } = JSON.parse(readText('package.json')) as Manifest
  const api: Record<string, readonly string[]> = {}
  for (const [entry, target] of Object.entries(exports)) {
    if (typeof target === 'string') continue
    const path = target['ours-src']!.replace('./', '')
    assert.ok(existsSync(join(root, path)), `package.json exports "${entry}" from ${path}, which does not exist`)
    api[entry] = exportedNames(path)
  }
  checkGenerated('test/tidy/api.json', `${JSON.stringify(api, null, 2)}\n`)
})

/** Sorted; types with `type ` before them. */
function exportedNames(path: string): readonly string[] {
  const names = readSource(path).parsed.module.staticExports.flatMap(({ entries }) =>
    entries.map((entry) => `${entry.isType ? 'type ' : ''}${entry.exportName.name ?? entry.exportName.kind}`),
  )
  return names.toSorted()
}
