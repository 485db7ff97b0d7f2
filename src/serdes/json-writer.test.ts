import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { BytesWriter } from '../base/bytes-writer.ts'
import { writeJson } from './json-writer.ts'

const seed = Number(process.env['SEED'] ?? 20_262)

function written(value: object): string | null {
  const out = new BytesWriter(1)
  return writeJson(value, out) ? out.written().toString('utf8') : null
}

test('writeJson() writes the text of JSON.stringify', () => {
  const values = fc.object({
    maxDepth: 3,
    withDate: true,
    values: [
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constantFrom(
        null,
        undefined,
        -0,
        NaN,
        Infinity,
        2 ** 31,
        -(2 ** 31),
        999_999_999,
        1e9,
        1e15,
        2 ** 53,
        '\ud800',
        'é"\\\n',
        'x'.repeat(300),
      ),
      fc.constant(Symbol('s')),
    ],
  })
  fc.assert(
    fc.property(fc.oneof(values, fc.array(values)), (value) => assert.equal(written(value), JSON.stringify(value))),
    { seed, numRuns: 2_000 },
  )
})

test('writeJson() writes integers of any length', () => {
  for (let digits = 1; digits <= 16; digits++) {
    for (const value of [10 ** (digits - 1), 10 ** digits - 1, 123_456_789_012_345 % 10 ** digits]) {
      assert.equal(written([value, -value]), JSON.stringify([value, -value]))
    }
  }
})

test('writeJson() asks toJSON with the key, as JSON.stringify does', () => {
  class Keyed {
    readonly key: string
    constructor(key: string) {
      this.key = key
    }
    toJSON(): string {
      return 'not asked again'
    }
  }
  class Asked {
    toJSON(key: string): Keyed {
      return new Keyed(key)
    }
  }
  const keyed = new Asked()
  class Money {
    readonly cents = 5
    get hidden(): number {
      return 1
    }
  }
  class Amount {
    toJSON(): undefined {
      return undefined
    }
  }
  const value = {
    keyed,
    list: [keyed, new Amount()],
    date: new Date(0),
    money: new Money(),
    gone: new Amount(),
    map: new Map([[1, 2]]),
    error: new Error('x'),
  }
  assert.equal(written(value), JSON.stringify(value))
  assert.equal(written(keyed), JSON.stringify(keyed))
  assert.equal(written(new Date(0)), '"1970-01-01T00:00:00.000Z"')
})

test('writeJson() writes dates, keys in the order of objects, and what getters give', () => {
  const value = {
    b: 1,
    '2': 2,
    a: new Date(5),
    '1': new Date(NaN),
    get c(): number {
      return 3
    },
    [Symbol('s')]: 1,
    __proto__x: 1,
  }
  assert.equal(written(value), JSON.stringify(value))
})

test('writeJson() leaves to JSON.stringify what is more than its properties', () => {
  // oxlint-disable-next-line no-new-wrappers, unicorn/new-for-builtins -- that is what is tested
  for (const value of [
    new Number(1),
    [new String('x')],
    { a: new Boolean(true) },
    Object.create(null) as object,
    { a: Object(1n) as object },
    { a: 1n },
    { a: Object.assign(() => 1, { toJSON: () => 'a function' }) },
    [() => 1],
  ]) {
    assert.equal(written(value), null)
  }
  const circle: { inner?: object } = {}
  circle.inner = circle
  assert.equal(written(circle), null)
  let deep: object = {}
  for (let depth = 0; depth < 20; depth++) deep = { deep }
  assert.equal(written(deep), null)
})
