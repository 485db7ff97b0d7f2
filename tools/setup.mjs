// Installs exactly what package-lock.json says when it has changed since the last install, and does nothing otherwise.
// Plain JavaScript without dependencies: it runs on the Node that the newcomer has (20 or later).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.millrace-lockfile`
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex')
const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''

if (installed !== wanted) {
  process.stdout.write('setup: installing what package-lock.json says\n')
  const npm = process.env.npm_execpath
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const result =
    npm === undefined
      ? spawnSync('npm', args, { cwd: root, stdio: 'inherit' })
      : spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
  if (result.status !== 0) {
    process.stderr.write(`setup: npm ci ended with ${result.status ?? result.signal ?? result.error?.message}\n`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}
