import { functionOf } from '../functions.ts'
import type { Any, Area, OperatorCall } from '../flow.ts'
import { nameOf } from '../materialized.ts'
import { fixedProcessors, processors } from '../processors/registry.ts'
import { serdeOfName } from '../serdes.ts'

/** Processors within the DSL. */
export const processOperators: Area = {
  stream: {
    process: (call) => {
      const { o, from } = call
      const [key, value] = [o.text('key', from.key), o.text('value', 'string')]
      const options = { ...nameOf(o), key: serdeOfName(key), value: serdeOfName(value), ...storesOf(call) }
      return { kind: 'stream', node: from.node.process(functionOf(o, 'processor', processors, 'processor'), options), key, value }
    },
    processValues: (call) => {
      const { o, from } = call
      const value = o.text('value', 'string')
      const supplier = functionOf(o, 'processor', fixedProcessors, 'processor of values')
      const node = from.node.processValues(supplier, { ...nameOf(o), value: serdeOfName(value), ...storesOf(call) })
      return { kind: 'stream', node, key: from.key, value }
    },
  },
}

/** How processors of the registry call their stores, in the order of the option `stores`. */
const storeNames = ['store', 'second', 'third'] as const

/** The option `stores` of what `call` adds: by the names that processors of the registry know. */
export function storesOf({ o, plan }: OperatorCall): Any {
  const handles = o.texts('stores').map((id, index) => [storeNames[index]!, plan.handle(id)])
  return handles.length === 0 ? {} : { stores: Object.fromEntries(handles) }
}
