import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { streamRecord } from '../model/stream-record.ts'
import type { NodeContext } from '../processor/node-context.ts'
import { printOperator } from './print-operator.ts'

test('printOperator appends its lines to a file, in order, across several writes', async () => {
  const world = new VirtualWorld()
  const environment = world.environment('a')
  const { process } = printOperator({ label: 'l', mapper: (key, value) => `${String(key)}=${String(value)}`, file: '/out.txt' })(
    environment as unknown as NodeContext,
  )
  for (let index = 0; index < 3; index++) process(streamRecord('k', index, 0, null))
  await world.run(async () => {
    assert.equal((await environment.files.read('/out.txt'))?.toString(), '[l]: k=0\n[l]: k=1\n[l]: k=2\n')
  })
  assert.deepEqual(environment.logEntries, [])
})

test('printOperator logs a file that cannot be written, and goes on', async () => {
  const world = new VirtualWorld()
  const environment = world.environment('a')
  let failures = 0
  const files = {
    ...environment.files,
    append: () => {
      failures++
      return Promise.reject(new Error('disk full'))
    },
  }
  const context = { ...environment, files, logger: environment.logger } as unknown as NodeContext
  const { process } = printOperator({ label: 'l', mapper: String, file: '/out.txt' })(context)
  process(streamRecord('k', 1, 0, null))
  process(streamRecord('k', 2, 0, null))
  await world.run(async () => Promise.resolve())
  assert.equal(failures, 2)
  assert.deepEqual(
    environment.logEntries.map(({ message }) => message),
    ['Cannot print to the file', 'Cannot print to the file'],
  )
})
