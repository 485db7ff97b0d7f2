// Goal: `npm start` counts every word once in each of its modes, though an instance is killed half-way.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'

const root = new URL('../../', import.meta.url)
const main = fileURLToPath(new URL('examples/word-count/main.ts', root))
/** Less than what it counts by itself. */
const files = ['ARCHITECTURE.md', 'docs/parity.md', 'docs/differences.md', 'package-lock.json'].map((path) =>
  fileURLToPath(new URL(path, root)),
)

/** Runs `npm start` with these arguments. */
async function start(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string; readonly errors: string }> {
  const child = spawn(process.execPath, ['--conditions=ours-src', main, ...args], { timeout: 180_000 })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code] = await once(child, 'close')
  return { code: code as number, output, errors }
}

/** Whether somebody listens on a port of 127.0.0.1. */
async function isListening(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function assertCounts(...args: readonly string[]): Promise<string> {
  const { code, output, errors } = await start(...args, ...files)
  assert.match(output, /instance-2 was killed without warning; its replacement starts\n/, errors)
  assert.match(output, /verified: \d{5,} words, \d+ distinct, identical\n$/, errors)
  assert.equal(code, 0)
  return output
}

describe('npm start', () => {
  test('runs on the embedded cluster, in one process', async () => {
    assert.match(await assertCounts(), /^on the embedded cluster$/m)
  })

  test('--processes runs every instance as a process, which reaches the embedded cluster over TCP', async () => {
    assert.match(await assertCounts('--processes'), /^on the embedded cluster, listening on 127\.0\.0\.1:\d+$/m)
  })

  test('--kafka --processes runs them on a real Kafka node', { skip: kafkaSkipReason() }, async () => {
    assert.match(await assertCounts('--kafka', '--processes'), /^on Apache Kafka 4\.3\.1 on 127\.0\.0\.1:\d+, process \d+$/m)
  })

  test('leaves nothing behind when it is interrupted', { skip: kafkaSkipReason() }, async () => {
    const child = spawn(process.execPath, ['--conditions=ours-src', main, '--kafka', '--processes'], { timeout: 180_000 })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('instance-1 RUNNING')) child.kill('SIGINT')
    })
    const [code] = await once(child, 'close')
    assert.equal(code, 130)
    const port = Number(/on 127\.0\.0\.1:(\d+), process/.exec(output)?.[1])
    // A process that is killed is not gone at once.
    const deadlineMs = performance.now() + 20_000
    while (await isListening(port)) assert.ok(performance.now() < deadlineMs, 'nobody listens any more where Kafka was')
  })

  test('says what is wrong with the command line', async () => {
    const { code, errors } = await start('--kafka', '--instances', '0')
    assert.equal(code, 2)
    assert.match(errors, /--instances must be 1 to 8, not "0"\nSee: npm start -- --help\n/)
  })
})
