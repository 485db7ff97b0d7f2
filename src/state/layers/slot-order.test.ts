import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SlotOrder } from './slot-order.ts'

test('SlotOrder keeps slots in the order in which they were appended or moved, whatever is removed', () => {
  const step = fc.record({ slot: fc.nat(200), what: fc.constantFrom('move', 'move', 'move', 'remove', 'clear-rarely'), dice: fc.nat(20) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const order = new SlotOrder()
      const model = new Set<number>()
      for (const { slot, what, dice } of steps) {
        if (what === 'move') {
          if (model.delete(slot)) order.moveToEnd(slot)
          else order.append(slot)
          model.add(slot)
        } else if (what === 'remove' && model.delete(slot)) order.remove(slot)
        else if (what === 'clear-rarely' && dice === 0) {
          order.clear()
          model.clear()
        }
        assert.equal(order.first, [...model][0] ?? -1)
        assert.equal(order.isEmpty, model.size === 0)
      }
      assert.deepEqual(order.slots(), [...model])
    }),
  )
})
