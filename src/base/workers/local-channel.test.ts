import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../virtual-environment.ts'
import { localChannel } from './local-channel.ts'

test('localChannel() copies what is posted, keeps its order, and delivers it later, also after the sender has closed', async () => {
  const world = new VirtualWorld()
  const [here, there] = localChannel(world.environment('a').scheduler)
  const sent = { list: [1] }
  there.post(sent)
  there.post('second')
  sent.list.push(2)
  const taken: unknown[] = []
  here.onMessage = (message: unknown) => void taken.push(message)
  assert.deepEqual(taken, [], 'not at once')
  there.close()
  there.post('too late')
  let isOver = false
  void here.whenOver.then(() => (isOver = true))
  await world.run(() => isOver)
  assert.deepEqual(taken, [{ list: [1] }, 'second'])
})

test('localChannel() drops what waits at an end that is closed', async () => {
  const world = new VirtualWorld()
  const [here, there] = localChannel(world.environment('a').scheduler)
  const taken: unknown[] = []
  here.onMessage = (message: unknown) => {
    taken.push(message)
    here.close()
  }
  there.post(1)
  there.post(2)
  await world.advance(10)
  there.post(3)
  await world.advance(10)
  assert.deepEqual(taken, [1])
})
