import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { BlockWatch } from './block-watch.ts'
import { PulseCells } from './messages.ts'

test('BlockWatch names the processor that blocks a thread after five seconds, again when that has doubled, and says when it is over', async () => {
  const world = new VirtualWorld()
  const environment = world.environment('main')
  const cells = new Int32Array(PulseCells.count)
  const watch = new BlockWatch({ environment, threadId: 'app-StreamThread-1', cells, nodes: ['source', 'slow'] })
  const said = (): readonly string[] => environment.logEntries.map(({ message }) => message.split(':')[0]!)
  watch.start()
  await world.advance(60_000)
  assert.deepEqual(said(), [], 'a thread that has not begun yet loads its modules')
  cells[PulseCells.beats]!++
  await world.advance(4_500)
  cells[PulseCells.beats]!++
  cells[PulseCells.node] = 2
  await world.advance(1_000)
  assert.deepEqual(said(), [], 'it was heard of in time')
  await world.advance(24_000)
  const blocked = (ms: number): string => `Stream thread app-StreamThread-1 has been blocked in processor "slow" for ${ms} ms`
  assert.deepEqual(said(), [5_000, 10_000, 20_000].map(blocked))
  cells[PulseCells.beats]!++
  cells[PulseCells.node] = 0
  await world.advance(1_000)
  assert.equal(said().length, 4)
  assert.equal(said()[3], 'Stream thread app-StreamThread-1 runs again')
  await world.advance(5_000)
  assert.equal(said()[4], 'Stream thread app-StreamThread-1 has been blocked for 5000 ms', 'by no processor')
  watch.stop()
  await world.advance(60_000)
  assert.equal(said().length, 5)
})
