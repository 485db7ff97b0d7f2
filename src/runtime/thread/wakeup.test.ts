import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { Wakeup } from './wakeup.ts'

test('Wakeup sleeps until the time has passed', async () => {
  const world = new VirtualWorld()
  const wakeup = new Wakeup(world.environment('a').scheduler)
  let isAwake = false
  void wakeup.sleep(50).then(() => (isAwake = true))
  await world.advance(49)
  assert.equal(isAwake, false)
  await world.advance(1)
  assert.equal(isAwake, true)
})

test('Wakeup ends a sleep when it is called, and the next one at once when it was called between two', async () => {
  const world = new VirtualWorld()
  const wakeup = new Wakeup(world.environment('a').scheduler)
  let awakened = 0
  const start = world.nowMs
  void (async () => {
    await wakeup.sleep(1_000)
    awakened++
    wakeup.call()
    wakeup.call()
    await wakeup.sleep(1_000)
    awakened++
    await wakeup.sleep(1_000)
    awakened++
  })()
  await world.advance(10)
  assert.equal(awakened, 0)
  wakeup.call()
  await world.run(() => awakened === 2)
  assert.equal(world.nowMs - start, 10)
  await world.run(() => awakened === 3)
  assert.equal(world.nowMs - start, 1_010)
})
