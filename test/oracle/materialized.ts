import type { Any, OperatorCall } from './flow.ts'
import { functionOf } from './functions.ts'
import { nullableSerde, serdeOfName } from './serdes.ts'
import { type Options, ScenarioError } from './options.ts'
import { storeSuppliers } from './store-suppliers.ts'

// Options that many operators have. java/Common.java is the twin.

/** `{ [name]: value }`, or nothing where there is no value. */
export function present(name: string, value: unknown): Any {
  return value === undefined ? {} : { [name]: value }
}

/** Java's `Named`. */
export function nameOf(o: Options): Any {
  return present('name', o.maybe('name', 'string'))
}

/** Of `Materialized`, what says how a store is kept. `supplied`: the id of a described store. */
export function storeOptions({ o, plan, from }: OperatorCall): Any {
  const logging = o.oneOf('logging', ['true', 'false', '{}'])
  const supplied = o.maybe('supplied', 'string')
  return {
    ...present('store', supplied === undefined ? o.maybe('store', 'string') : plan.store(supplied).spec),
    ...present('caching', o.maybe('caching', 'boolean')),
    ...present('logging', logging === undefined ? undefined : loggingOf(logging)),
    ...present('supplier', supplierOf(o)),
    ...(/windowed|session/.test(from.kind)
      ? present('retention', o.maybe('retention', 'number'))
      : present('historyRetention', o.maybe('historyRetention', 'number'))),
  }
}

/** A word, or a supplier of the registry. */
export function supplierOf(o: Options): unknown {
  const given = o.node('supplier')
  const isOfRegistry = typeof given === 'string' && Object.hasOwn(storeSuppliers, given)
  return isOfRegistry ? functionOf(o, 'supplier', storeSuppliers, 'store supplier') : o.oneOf('supplier', ['persistent', 'in-memory'])
}

/** `false`, `true`, or settings of the changelog topic with Kafka's keys. */
export function loggingOf(given: unknown): Any {
  if (given === false) return false
  if (given === true) return {}
  if (typeof given !== 'object' || given === null) throw new ScenarioError('logging is true, false or an object of topic settings')
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key.replaceAll(/\.(.)/g, (_match, letter: string) => letter.toUpperCase()), value]),
  )
}

/** Java's `Named` and `Materialized`. A table operator has it where any of these options is there. */
export function tableOptions(call: OperatorCall): Any {
  const { o } = call
  const key = o.maybe('key', 'string')
  const value = o.maybe('value', 'string')
  return {
    ...nameOf(o),
    ...storeOptions(call),
    ...present('key', key === undefined ? undefined : serdeOfName(key)),
    ...present('value', value === undefined ? undefined : serdeOfName(value)),
  }
}

/** Java has no reduce with a name alone. */
export function reduceOptions(call: OperatorCall): Any {
  const options = tableOptions(call)
  if (Object.keys(options).join() === 'name') throw new ScenarioError('reduce with a name needs an option of the store')
  return options
}

/** Serdes of streams: keys and values may be absent. */
export function streamSerdes(key: string, value: string): Any {
  return { key: nullableSerde(key), value: nullableSerde(value) }
}

/** Serdes as they are. */
export function plainSerdes(key: string, value: string): Any {
  return { key: serdeOfName(key), value: serdeOfName(value) }
}
