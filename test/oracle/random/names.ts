import { type Choice, type Generator, type Json, type RandomFlow } from './generator.ts'
import { serdeOf } from '../functions.ts'

// Names of functions, weighted by how often they stand here.

export const predicates: readonly string[] = [
  'always',
  'never',
  'valueIsNull',
  'keyIsNull',
  'valueBelowC',
  'lengthEven',
  'keyBelowB',
  'keyEqualsValue',
  'failOnX',
]
export const valueMappers: readonly string[] = [
  'value',
  'key',
  'keyAndValue',
  'text',
  'length',
  'nullOnB',
  'first',
  'double',
  'null',
  'failOnX',
]
const keyMappers = ['key', 'value', 'value', 'first', 'keyAndValue', 'nullOnB', 'constant', 'length', 'failOnX']
export const lists: readonly string[] = ['letters', 'twice', 'none', 'withNull', 'failOnX']
export const partitioners: readonly string[] = ['default', 'zero', 'nowhere', 'dropOnB', 'everywhere']
/** Texts of records. */
export const texts: readonly string[] = ['a', 'b', 'c', 'd', 'e', 'a', 'b', 'aa', 'x', '', 'long text', 'abcdefabcghijklaab']

/** A mapper to a key that a serde fits: keys in windows become texts, or lose the window. */
export function keyMapperOf(g: Generator, { key }: RandomFlow): string {
  return key.includes('(') ? g.random.pick(['keyText', 'windowedKey', 'keyText', 'value', 'constant']) : g.random.pick(keyMappers)
}

/** What `keyMapper` makes of the flow. */
export function keyAfter(keyMapper: string, { key, value }: RandomFlow): string {
  return serdeOf(keyMapper, key, value)
}

/** What `valueMapper` makes of the flow. */
export function valueAfter(valueMapper: string, { key, value }: RandomFlow): string {
  return serdeOf(valueMapper, key, value)
}

/** Names of reducers for values with that serde. */
export function reducersFor(value: string): readonly string[] {
  if (value === 'int64') return ['sum', 'first', 'difference']
  return value === 'string' ? ['first', 'last', 'concat', 'minus', 'nullOnE', 'failOnX'] : ['first', 'last']
}

/** Names of aggregators for aggregates with that serde. */
export function aggregatorsFor(made: 'string' | 'int64'): readonly string[] {
  return made === 'string' ? ['append', 'minus', 'nullOnE', 'keep', 'failOnX'] : ['up', 'down', 'nullAtZero', 'keep']
}

/** Name of an initializer for aggregates with that serde. */
export function initializerFor(g: Generator, made: 'string' | 'int64'): string {
  if (g.random.chance(0.03)) return 'fail'
  return made === 'string' ? 'empty' : 'zero'
}

/** A choice of equal weight for each operator of `ops`. */
export function choicesOn(on: string, weight: number, ops: readonly string[], options: (g: Generator, flow: RandomFlow) => Json): Choice[] {
  return ops.map((op) => ({
    weight,
    on,
    add: (g, flow): void => void g.push(op, on, { key: flow.key, value: flow.value }, { from: flow.id, ...options(g, flow) }),
  }))
}
