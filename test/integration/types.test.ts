import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compilingStatements } from '../types/wrong-statements.ts'
import { compile, compilers, errorsIn } from './compilers.ts'

// The programs of test/types against the built declarations, as a project outside of the repository sees them. `npm test` builds before.

const types = fileURLToPath(new URL('../types/', import.meta.url))
const isBuilt = existsSync(new URL('../../dist/index.d.ts', import.meta.url))
const skip = isBuilt || process.env['CI'] === 'true' ? false : 'dist is missing: npm run build'

/** What the programs may cost, `docs/internals/types.md`: what they did in November 2026, and a quarter of it. */
const instantiationsMax = { '7.0': 95_000, '5.5': 80_000 }

type Output = Record<(typeof compilers)[number]['version'], string>
let right: Output
let wrong: Output

/** What both compilers print about a project of test/types. */
async function compileAll(project: string): Promise<Output> {
  const [now, oldest] = await Promise.all(compilers.map((compiler) => compile(compiler, `${types}${project}`)))
  return { '7.0': now!, '5.5': oldest! }
}

before(async () => {
  if (skip !== false) return
  ;[right, wrong] = await Promise.all([compileAll('tsconfig.programs.json'), compileAll('tsconfig.wrong-programs.json')])
})

for (const { version } of compilers) {
  test(`the programs compile on TypeScript ${version} against what is published`, { skip }, () => {
    assert.equal(errorsIn(right[version]), '')
  })

  test(`none of the wrong programs compiles on TypeScript ${version}`, { skip }, () => {
    assert.deepEqual(compilingStatements(wrong[version]), [])
  })

  test(`the types of the programs stay within their budget on TypeScript ${version}`, { skip }, () => {
    const [, figure] = /^Instantiations: +(\d+)/m.exec(right[version])!
    const max = instantiationsMax[version]
    assert.ok(Number(figure) <= max, `the programs make ${figure} instantiations, ${max} are allowed: which type became so expensive?`)
  })
}
