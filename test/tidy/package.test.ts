import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { isTest, listFiles, root } from './source-tree.ts'

interface Packed {
  readonly files: readonly { readonly path: string; readonly size: number }[]
  readonly unpackedSize: number
}

/** Sources, compiled files (where they are built), declarations and maps of everything. A ceiling against files that do not belong there. */
const UNPACKED_BYTES_MAX = 12_000_000

function pack(): Packed {
  const run = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 })
  assert.equal(run.status, 0, run.stderr ?? String(run.error))
  const answer: unknown = JSON.parse(run.stdout)
  // npm 12 answers with an object by package name, earlier ones with an array.
  return (Array.isArray(answer) ? answer[0] : Object.values(answer as object)[0]) as Packed
}

test('the package holds the sources, what is built from them, and nothing else', () => {
  const { files, unpackedSize } = pack()
  const paths = files.map(({ path }) => path)
  const allowed = /^(dist\/|src\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/
  assert.deepEqual(
    paths.filter((path) => !allowed.test(path) || isTest(path) || /\.test\.|\/contract\./.test(path)),
    [],
  )
  assert.deepEqual(
    listFiles('src').filter((path) => !isTest(path) && !paths.includes(path)),
    [],
  )
  assert.ok(unpackedSize <= UNPACKED_BYTES_MAX, `the package has ${unpackedSize} bytes unpacked, ${UNPACKED_BYTES_MAX} are allowed`)
})
