import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRealEnvironment } from '../../src/base/real-environment.ts'

test('Files.lock() keeps other processes out and is freed when its holder is killed', async () => {
  const directory = join(tmpdir(), `millrace-lock-${process.pid}`)
  const path = join(directory, '.lock')
  const module = new URL('../../src/base/real-environment.ts', import.meta.url).href
  const program = `
    const { createRealEnvironment } = await import(${JSON.stringify(module)})
    const lock = await createRealEnvironment().files.lock(${JSON.stringify(path)})
    console.log(lock === null ? 'refused' : 'locked')
    setInterval(() => undefined, 1000)`
  const child = spawn(process.execPath, ['--conditions=ours-src', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const environment = createRealEnvironment()
  try {
    const [output] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(output.toString(), 'locked\n')
    assert.equal(await environment.files.lock(path), null)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = await environment.files.lock(path)
    assert.ok(lock !== null)
    await lock.release()
  } finally {
    child.kill('SIGKILL')
    environment.lifeline.cut()
    await rm(directory, { recursive: true, force: true })
  }
})
