import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { serdes } from '../serdes/serdes.ts'
import { keyValueStore, sessionStore, specOptionsOf, timestampedKeyValueStore, versionedKeyValueStore, windowStore } from './store-spec.ts'

const options = { key: serdes.string, value: serdes.int32 }

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}

test('a store spec says what it is and keeps its options', () => {
  const plain = keyValueStore('stock', { ...options, caching: true, logging: { segmentBytes: 5 } })
  assert.equal(plain.name, 'stock')
  assert.equal(plain.kind, 'key-value')
  assert.equal(plain.key, serdes.string)
  assert.deepEqual(specOptionsOf(plain).logging, { segmentBytes: 5 })
  assert.equal(timestampedKeyValueStore('prices', options).kind, 'timestamped')
})

test('a store spec refuses names that are no part of a topic name, or of a file of the state directory', () => {
  for (const name of ['', 'a b', 'a/b', '..', '.', '.check', '.checkpoint', 'x'.repeat(250)]) {
    assert.throws(() => keyValueStore(name, options), hasCode('STORE_NAME'), name)
  }
  assert.equal(keyValueStore('.checkpoints', options).name, '.checkpoints')
})

test('a timestamped store cannot be plain', () => {
  assert.throws(() => timestampedKeyValueStore('prices', { ...options, format: 'plain' }), hasCode('STORE_FORMAT'))
})

test('a store spec refuses choices that do not exist', () => {
  for (const wrong of [{ engine: 'leveldb' }, { engine: { kind: 'mine' } }, { format: 'json' }, { supplier: { lru: -1 } }]) {
    assert.throws(() => keyValueStore('stock', { ...options, ...(wrong as object) }), hasCode('STORE_OPTION'))
  }
  assert.throws(() => keyValueStore('stock', { ...options, engine: 'btree' as 'lsm' }), /engine is "btree", required is "auto" or "lsm"/)
})

test('a versioned store has no cache, also where no types are written', () => {
  const given = { ...options, historyRetention: 1000, caching: true }
  assert.throws(() => versionedKeyValueStore('prices', given), hasCode('STORE_OPTION'))
  const uncached = { ...given, caching: false }
  assert.equal(versionedKeyValueStore('prices', uncached).kind, 'versioned')
})

test('specOptionsOf() refuses what was not made here', () => {
  assert.throws(() => specOptionsOf({ name: 'fake' }), TypeError)
})

test('a store spec refuses options that its kind does not have, in plain JavaScript too', () => {
  const odd = (more: object = {}): never => ({ ...options, ...more, cached: true }) as never
  const calls: readonly [string, () => unknown][] = [
    ['keyValueStore()', () => keyValueStore('s', odd())],
    ['timestampedKeyValueStore()', () => timestampedKeyValueStore('s', odd())],
    ['windowStore()', () => windowStore('s', odd({ windowSize: 1, retention: 1 }))],
    ['sessionStore()', () => sessionStore('s', odd({ retention: 1 }))],
    ['versionedKeyValueStore()', () => versionedKeyValueStore('s', odd({ historyRetention: 1 }))],
  ]
  for (const [call, make] of calls) {
    assert.throws(
      make,
      (error) => error instanceof TypeError && error.message.startsWith(`Cannot call ${call}: the option "cached" is unknown`),
    )
  }
  assert.throws(() => keyValueStore('s', { ...options, retention: 1 } as never), /the option "retention" is unknown/)
})
