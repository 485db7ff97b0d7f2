import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { branchOperator } from './branch-operator.ts'
import { change, openOperator } from './contract.ts'
import { filterOperator } from './filter-operator.ts'
import { flatMapOperator } from './flat-map-operator.ts'
import { flatMapValuesOperator } from './flat-map-values-operator.ts'
import { foreachOperator } from './foreach-operator.ts'
import { mapOperator } from './map-operator.ts'
import { mapValuesOperator } from './map-values-operator.ts'
import { passThroughOperator } from './pass-through-operator.ts'
import { peekOperator } from './peek-operator.ts'
import { printOperator } from './print-operator.ts'
import { selectKeyOperator } from './select-key-operator.ts'
import { toStreamOperator } from './to-stream-operator.ts'

const headers = () => recordHeaders([['h', '1']])

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}

describe('stateless operators', () => {
  test('filterOperator forwards what passes, absent keys and values too', () => {
    const operator = openOperator(filterOperator((_key, value) => value !== 'b'))
    operator.process('k', 'a', { timestamp: 5, headers: headers() })
    operator.process('k', 'b')
    operator.process(null, null)
    assert.deepEqual(operator.forwarded(), ['k: a @5/1 #h', 'null: null @0/3'])
    assert.deepEqual(operator.dropped, [])
  })

  test('filterOperator and branchOperator take what JavaScript takes for true', () => {
    const filter = openOperator(filterOperator(((_key: unknown, value: string) => value.length) as never))
    filter.process('k', 'v')
    filter.process('k', '')
    assert.deepEqual(filter.forwarded(), ['k: v @0/1'])
    const branch = openOperator(branchOperator([((_key: unknown, value: string) => value.length) as never], ['long', 'empty']))
    branch.process('k', 'v')
    branch.process('k', '')
    assert.deepEqual(branch.forwarded(), ['long> k: v @0/1', 'empty> k:  @0/2'])
  })

  test('mapOperator changes key and value, keeps timestamp and headers', () => {
    const operator = openOperator(mapOperator((key, value) => [value, key]))
    operator.process('k', 'v', { timestamp: 5, headers: headers() })
    operator.process(null, 'v')
    assert.deepEqual(operator.forwarded(), ['v: k @5/1 #h', 'v: null @0/2'])
  })

  test('mapValuesOperator is called with absent values, too', () => {
    const operator = openOperator(mapValuesOperator((value, key) => `${String(value)}+${String(key)}`))
    operator.process('k', null, { timestamp: 5, headers: headers() })
    assert.deepEqual(operator.forwarded(), ['k: null+k @5/1 #h'])
  })

  test('flatMapOperator and flatMapValuesOperator forward one record per element', () => {
    const pairs = openOperator(
      flatMapOperator((key, value) => [
        [key, value],
        [value, key],
      ]),
    ) // both ways round
    pairs.process('k', 'v', { timestamp: 5, headers: headers() })
    assert.deepEqual(pairs.forwarded(), ['k: v @5/1 #h', 'v: k @5/1 #h'])
    const words = openOperator(flatMapValuesOperator((value) => String(value).split(' ')))
    words.process('k', 'a b', { timestamp: 5 })
    assert.deepEqual(words.forwarded(), ['k: a @5/1', 'k: b @5/1'])
  })

  test('an operator that makes several records gives each headers of its own', () => {
    const seen: unknown[] = []
    const factory = flatMapValuesOperator(() => ['a', 'b'])
    const processor = factory({ forward: (record: { headers: unknown }) => void seen.push(record.headers) } as unknown as Parameters<
      typeof factory
    >[0])
    const operator = openOperator(() => processor)
    operator.process('k', 'v', { headers: headers() })
    assert.equal(seen.length, 2)
    assert.notEqual(seen[0], seen[1])
  })

  test('selectKeyOperator changes the key only', () => {
    const operator = openOperator(selectKeyOperator((_key, value) => value))
    operator.process('k', 'v', { timestamp: 5, headers: headers() })
    assert.deepEqual(operator.forwarded(), ['v: v @5/1 #h'])
  })

  test('peekOperator forwards after its action, foreachOperator nothing', () => {
    const seen: unknown[] = []
    const peek = openOperator(peekOperator((key, value) => seen.push([key, value])))
    peek.process('k', 'v')
    assert.deepEqual(peek.forwarded(), ['k: v @0/1'])
    const foreach = openOperator(foreachOperator((key, value) => seen.push([key, value])))
    foreach.process('l', 'w')
    assert.deepEqual(foreach.forwarded(), [])
    assert.deepEqual(seen, [
      ['k', 'v'],
      ['l', 'w'],
    ])
  })

  test('branchOperator takes the first branch that fits, else the default, else none', () => {
    const predicates = [(_key: unknown, value: unknown) => value === 'a', (_key: unknown, value: unknown) => value !== 'c']
    const withDefault = openOperator(branchOperator(predicates, ['x', 'y', 'z']))
    for (const value of ['a', 'b', 'c']) withDefault.process('k', value)
    assert.deepEqual(withDefault.forwarded(), ['x> k: a @0/1', 'y> k: b @0/2', 'z> k: c @0/3'])
    const without = openOperator(branchOperator(predicates, ['x', 'y']))
    without.process('k', 'c')
    assert.deepEqual(without.forwarded(), [])
    assert.deepEqual(without.dropped, [])
  })

  test('passThroughOperator and toStreamOperator', () => {
    const merge = openOperator(passThroughOperator())
    merge.process('k', 'v', { timestamp: 5, headers: headers() })
    assert.deepEqual(merge.forwarded(), ['k: v @5/1 #h'])
    const stream = openOperator(toStreamOperator())
    stream.process('k', change('new', 'old'), { timestamp: 5, headers: headers() })
    stream.process('k', change(null, 'old'))
    assert.deepEqual(stream.forwarded(), ['k: new @5/1 #h', 'k: null @0/2'])
  })

  test('printOperator writes a line per record to the output', () => {
    const operator = openOperator(printOperator({ label: 'words', mapper: (key, value) => `${String(key)}, ${String(value)}`, file: null }))
    operator.process('k', 'v')
    operator.process(null, null)
    assert.deepEqual(operator.printed, ['[words]: k, v\n', '[words]: null, null\n'])
    assert.deepEqual(operator.forwarded(), [])
  })

  test('a promise or undefined from a function of the user throws, nothing is forwarded', () => {
    const promising = async (): Promise<never> => new Promise(() => undefined)
    const broken = [
      mapOperator(promising as never),
      mapValuesOperator(promising),
      flatMapOperator(promising as never),
      flatMapValuesOperator(promising as never),
      flatMapValuesOperator(() => [promising()]),
      selectKeyOperator(promising),
      peekOperator(promising),
      foreachOperator(promising),
      filterOperator(promising as never),
      branchOperator([promising as never], ['child']),
    ]
    for (const factory of broken) {
      const operator = openOperator(factory)
      assert.throws(() => operator.process('k', 'v'), hasCode('PROMISE_RETURNED'))
      assert.deepEqual(operator.forwarded(), [])
    }
    const empty = [
      mapOperator(() => undefined as never),
      mapOperator(() => ['k', undefined]),
      mapValuesOperator(() => undefined),
      flatMapOperator(() => undefined as never),
      flatMapValuesOperator(() => [undefined]),
      selectKeyOperator(() => undefined),
    ]
    for (const factory of empty) {
      const operator = openOperator(factory)
      assert.throws(() => operator.process('k', 'v'), hasCode('UNDEFINED_RETURNED'))
      assert.deepEqual(operator.forwarded(), [])
    }
  })
})
