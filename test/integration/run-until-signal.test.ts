import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const application = fileURLToPath(new URL('run-until-signal.ts', import.meta.url))

interface Application {
  readonly child: ChildProcess
  /** Resolves when it has written `line`. */
  readonly wrote: (line: string) => Promise<void>
  /** What it wrote, and how it ended. */
  readonly ended: Promise<{ readonly lines: readonly string[]; readonly errors: string; readonly code: number | null }>
}

function run(...args: readonly string[]): Application {
  const child = spawn(process.execPath, ['--conditions=ours-src', application, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const lines = (): string[] => output.split('\n').slice(0, -1)
  return {
    child,
    wrote: async (line) => {
      while (!lines().includes(line)) await once(child.stdout, 'data')
    },
    ended: once(child, 'close').then(([code]) => ({ lines: lines(), errors, code: code as number | null })),
  }
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`an application that runs closes and ends in good order at ${signal}`, async () => {
    const { child, wrote, ended } = run()
    await wrote('RUNNING')
    child.kill(signal)
    const { lines, errors, code } = await ended
    assert.deepEqual(lines, ['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'ran'])
    assert.deepEqual([code, errors], [0, ''])
  })
}

test('an application that fails while nobody listens ends its process with the error', async () => {
  const { lines, errors, code } = await run('fail').ended
  assert.equal(lines.at(-1), 'ERROR')
  assert.match(errors, /TaskError: Cannot process the record at words-0 offset 0 .*cannot take this/)
  assert.equal(code, 1)
})
