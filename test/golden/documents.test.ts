import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const compiler = join(root, 'node_modules/typescript/bin/tsc')
const entries = {
  millrace: 'src/index.ts',
  'millrace/testing': 'src/entry/testing.ts',
  'millrace/broker': 'src/entry/broker.ts',
  'millrace/http': 'src/entry/http.ts',
}

/** The programs of a page: a block that imports is one, and a block that does not goes on where the one before it ends. */
function programsOf(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!)
  const programs: string[] = []
  for (const block of blocks) {
    if (/^import /m.test(block)) programs.push(block)
    else programs.push(`${programs.pop() ?? ''}\n${block}`)
  }
  return programs
}

test('the programs of docs/*.md compile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'))
  try {
    let programs = 0
    for (const page of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
      for (const [index, program] of programsOf(readFileSync(join(root, 'docs', page), 'utf8')).entries()) {
        writeFileSync(join(folder, `${page.slice(0, -3)}-${index + 1}.ts`), program)
        programs++
      }
    }
    const paths = Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, [join(root, path)]]))
    const typeRoots = [join(root, 'node_modules/@types')]
    const compilerOptions = { paths, typeRoots, noUnusedLocals: false, noUnusedParameters: false, pretty: false }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'], exclude: [] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const run = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.json'], { cwd: folder, encoding: 'utf8' })
    assert.equal(run.stdout, '', 'program N of a page is in the file <page>-N.ts')
    assert.equal(run.status, 0, run.stderr)
    assert.ok(programs >= 20, `there are ${programs} programs`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
