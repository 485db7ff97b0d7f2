import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

// In a process of its own: another test may have loaded the package.
const program = `
  import { createRequire } from 'node:module'
  const { loadLibrary } = await import(${JSON.stringify(new URL('library.ts', import.meta.url).href)})
  const [one, two] = await Promise.all([loadLibrary(), loadLibrary()])
  const loaded = Object.keys(createRequire(import.meta.url).cache)
  const whole = await import('@platformatic/kafka')
  console.log(JSON.stringify({
    isSame: one.Connection === two.Connection,
    isOurOwn: one.Connection !== whole.Connection,
    validators: loaded.filter((path) => path.includes('ajv')),
    isWhole: [whole.Producer, whole.Consumer, whole.fetchV17, whole.loggers, whole.ajv].every((part) => part !== undefined),
  }))
`

test('loadLibrary() loads the connection and not the whole package, which stays whole for the application', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=ours-src', '--input-type=module', '--eval', program])
  assert.deepEqual(JSON.parse(stdout), { isSame: true, isOurOwn: true, validators: [], isWhole: true })
})
