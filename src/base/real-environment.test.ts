import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { environmentContract } from './contract.ts'
import type { Environment } from './environment.ts'
import { createRealEnvironment } from './real-environment.ts'

let count = 0
const newDirectory = (): string => join(tmpdir(), `millrace-environment-${process.pid}-${count++}`)

environmentContract('createRealEnvironment()', () => {
  const instances: Environment[] = []
  const directory = newDirectory()
  return Promise.resolve({
    directory,
    instance() {
      const environment = createRealEnvironment()
      instances.push(environment)
      return environment
    },
    settle: (work) => work,
    idle: () => new Promise((resolve) => setTimeout(resolve, 10)),
    async close() {
      for (const instance of instances) instance.lifeline.cut()
      await rm(directory, { recursive: true, force: true })
    },
  })
})

test('createRealEnvironment() leaves no temporary file behind a write', async () => {
  const directory = newDirectory()
  const { files, lifeline } = createRealEnvironment()
  await files.write(join(directory, 'file'), Buffer.from('x'))
  assert.deepEqual(await readdir(directory), ['file'])
  await files.remove(directory)
  lifeline.cut()
})

test('createRealEnvironment() passes signals on until told not to, and not to a cut instance', () => {
  const first = createRealEnvironment()
  const second = createRealEnvironment()
  const before = process.listeners('SIGTERM')
  // A real signal would also reach the test runner, which would end.
  const raise = (): void => {
    for (const listener of process.listeners('SIGTERM')) if (!before.includes(listener)) listener('SIGTERM')
  }
  const seen: string[] = []
  const stop = first.signals.listen('SIGTERM', () => seen.push('first'))
  second.signals.listen('SIGTERM', () => seen.push('second'))
  raise()
  stop()
  raise()
  second.lifeline.cut()
  assert.deepEqual(seen, ['first', 'second', 'second'])
  assert.deepEqual(process.listeners('SIGTERM'), before)
})

test('createRealEnvironment() hands the log to the given logger until the instance is cut', () => {
  const seen: string[] = []
  const keep = (_fields: object, message: string): void => void seen.push(message)
  const { logger, lifeline } = createRealEnvironment({ logger: { debug: keep, info: keep, warn: keep, error: keep } })
  logger.debug({}, 'debug')
  logger.info({}, 'info')
  logger.warn({}, 'warn')
  logger.error({}, 'error')
  lifeline.cut()
  logger.error({}, 'after the cut')
  assert.deepEqual(seen, ['debug', 'info', 'warn', 'error'])
})
