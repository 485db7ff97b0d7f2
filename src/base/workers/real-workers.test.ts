import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createRealDisk } from '../disk/real-disk.ts'
import { StoreError } from '../errors.ts'
import { createLifeline } from '../lifeline.ts'
import { counting, endingThread } from './counting.test.ts'
import type { Workers } from './workers.ts'
import { createRealWorkers } from './real-workers.ts'

function withWorkers(body: (workers: Workers, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-workers-'))
  const lifeline = createLifeline()
  const workers = createRealWorkers(lifeline, createRealDisk(lifeline))
  try {
    body(workers, folder)
  } finally {
    workers.close()
    lifeline.cut()
    rmSync(folder, { recursive: true })
  }
}

test('createRealWorkers() does work in another thread, several pieces in turns', () => {
  withWorkers((workers, folder) => {
    const long = workers.start(counting, { path: `${folder}/long`, to: 1_000_000_000 })
    const short = workers.start(counting, { path: `${folder}/short`, to: 3 })
    assert.deepEqual(short.wait(), { output: 3 }, 'it does not wait for the long one')
    assert.deepEqual(short.poll(), { output: 3 })
    assert.deepEqual(readFileSync(`${folder}/short`), Buffer.from('\u0000\u0001\u0002end'))
    assert.equal(long.poll(), null)
    long.cancel()
    const written = readFileSync(`${folder}/long`)
    assert.equal(written.subarray(-3).toString(), 'end', 'it was told to end, and has ended when cancel() returns')
    assert.deepEqual(workers.start(counting, { path: `${folder}/other`, to: 10 }).wait(), { output: 10 })
    assert.equal(readFileSync(`${folder}/long`).length, written.length)
  })
})

test('createRealWorkers() passes on what work throws: damage as STORE_CORRUPTED, others with their codes', () => {
  withWorkers((workers, folder) => {
    const damage = workers.start(counting, { path: `${folder}/a`, to: 1, fails: 'as damage' }).wait()
    assert.ok('error' in damage && damage.error instanceof StoreError && damage.error.code === 'STORE_CORRUPTED')
    const full = workers.start(counting, { path: `${folder}/a`, to: 1, fails: 'as itself' }).wait()
    assert.ok('error' in full && full.error instanceof Error)
    assert.deepEqual([full.error.message, Reflect.get(full.error, 'code')], ['no room', 'ENOSPC'])
    const missing = workers.start(counting, { path: `${folder}/none/a`, to: 1 }).wait()
    assert.ok('error' in missing && Reflect.get(missing.error as object, 'code') === 'ENOENT')
  })
})

test('createRealWorkers() ends its thread when it rests, and begins another with the next work', () => {
  withWorkers((workers, folder) => {
    workers.rest()
    const running = workers.start(counting, { path: `${folder}/a`, to: 1_000_000_000 })
    workers.rest()
    assert.equal(running.poll(), null, 'there is something to do')
    running.cancel()
    const done = workers.start(counting, { path: `${folder}/a`, to: 2 })
    assert.deepEqual(done.wait(), { output: 2 })
    workers.rest()
    assert.deepEqual(done.poll(), { output: 2 })
    assert.deepEqual(workers.start(counting, { path: `${folder}/a`, to: 3 }).wait(), { output: 3 })
  })
})

test('createRealWorkers() refuses work when it is closed, and stops what is running', () => {
  withWorkers((workers, folder) => {
    const running = workers.start(counting, { path: `${folder}/a`, to: 1_000_000_000 })
    // The thread takes orders one after the other.
    workers.start(counting, { path: `${folder}/b`, to: 2 }).wait()
    workers.close()
    assert.ok('error' in running.poll()!)
    assert.equal(readFileSync(`${folder}/a`).subarray(-3).toString(), 'end')
    assert.ok('error' in workers.start(counting, { path: `${folder}/a`, to: 1 }).wait())
    workers.close()
  })
})

test('createRealWorkers() does the work of a thread that has died in this one, and the next in a new thread', async () => {
  const lifeline = createLifeline()
  const workers = createRealWorkers(lifeline, createRealDisk(lifeline))
  const running = workers.start(endingThread, null)
  while (running.poll() === null) await setImmediate()
  assert.deepEqual(running.poll(), { output: 'done by the main thread' })
  const folder = mkdtempSync(join(tmpdir(), 'millrace-workers-'))
  assert.deepEqual(workers.start(counting, { path: `${folder}/a`, to: 3 }).wait(), { output: 3 })
  workers.close()
  rmSync(folder, { recursive: true })
})
