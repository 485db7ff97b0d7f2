import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import { CoordinatorPlacement } from './coordinator-placement.ts'
import { Nodes } from './nodes.ts'

function openPlacement(nodes = 3): { world: VirtualWorld; placement: CoordinatorPlacement } {
  const world = new VirtualWorld({ seed: 1 })
  return { world, placement: new CoordinatorPlacement(new Nodes(nodes), world.environment('cluster').clock) }
}

test('CoordinatorPlacement.partitionOf() hashes as Java does', () => {
  const { placement } = openPlacement()
  // The hash codes are 99162322, -2147483648 (whose absolute value Kafka takes as 0) and 0.
  assert.equal(placement.partitionOf('hello'), 22)
  assert.equal(placement.partitionOf('polygenelubricants'), 0)
  assert.equal(placement.partitionOf(''), 0)
})

test('CoordinatorPlacement.move() takes all keys of a partition to another node, which loads', async () => {
  const { world, placement } = openPlacement()
  const node = placement.nodeOf('hello')
  const other = (node + 1) % 3
  assert.equal(placement.errorFor('hello', node), kafkaErrors.NONE)
  assert.equal(placement.errorFor('hello', other), kafkaErrors.NOT_COORDINATOR)
  assert.equal(placement.move('hello', other, 50), 22)
  assert.equal(placement.errorFor('hello', node), kafkaErrors.NOT_COORDINATOR)
  assert.equal(placement.errorFor('hello', other), kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS)
  await world.advance(50)
  assert.equal(placement.errorFor('hello', other), kafkaErrors.NONE)
  assert.deepEqual(placement.keys(), ['hello'])
})

test('CoordinatorPlacement.reload() keeps the node and lets it load', () => {
  const { placement } = openPlacement()
  const node = placement.nodeOf('hello')
  placement.reload('hello', 50)
  assert.equal(placement.errorFor('hello', node), kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS)
  assert.ok(placement.isLoading('hello'))
})
