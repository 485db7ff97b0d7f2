import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { streamRecord } from '../model/stream-record.ts'
import type { Files } from '../base/environment.ts'
import type { NodeContext } from '../processor/node-context.ts'
import { printOperator } from './print-operator.ts'

test('printOperator appends its lines to a file, in order, across several writes', async () => {
  const world = new VirtualWorld()
  const environment = world.environment('a')
  const operator = printOperator({ label: 'l', mapper: (key, value) => `${String(key)}=${String(value)}`, file: '/out.txt' })(
    environment as unknown as NodeContext,
  )
  for (let index = 0; index < 3; index++) operator.process(streamRecord('k', index, 0, null))
  const lines = await whenDone(world, environment.files)
  assert.equal(lines, '[l]: k=0\n[l]: k=1\n[l]: k=2\n')
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
  const operator = printOperator({ label: 'l', mapper: String, file: '/out.txt' })(context)
  operator.process(streamRecord('k', 1, 0, null))
  operator.process(streamRecord('k', 2, 0, null))
  await whenDone(world, environment.files)
  assert.equal(failures, 2)
  assert.deepEqual(
    environment.logEntries.map(({ message }) => message),
    ['Cannot print to the file', 'Cannot print to the file'],
  )
})

/** Reads the file when all that was asked of the disk before is done. */
async function whenDone(world: VirtualWorld, files: Files): Promise<string | undefined> {
  let text: string | undefined
  let isRead = false
  const read = async (): Promise<void> => {
    await files.append('/other.txt', Buffer.alloc(0))
    text = (await files.read('/out.txt'))?.toString()
    isRead = true
  }
  const reading = read()
  await world.run(() => isRead)
  await reading
  return text
}
