import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BytesWriter } from '../base/bytes-writer.ts'
import { isMillraceError } from '../base/errors.ts'
import { Change } from '../model/change.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { changeSerde } from './change-serde.ts'
import type { SerdeContext } from './serde.ts'
import { stringSerde } from './string-serde.ts'

const context: SerdeContext = { topic: 't', isKey: false, headers: recordHeaders(), role: 'repartition' }
const serde = changeSerde(stringSerde)

function written(change: Change<string>): string {
  const out = new BytesWriter()
  serde.write(change, out, context)
  return out.written().toString('hex')
}

function read(hex: string): Change<string> {
  const bytes = Buffer.from(`ff${hex}ff`, 'hex')
  return serde.read(bytes, 1, bytes.length - 1, context)
}

test('changeSerde has the bytes of Java: the flag comes last', () => {
  assert.equal(written(new Change<string>(null, 'ab')), '616200')
  assert.equal(written(new Change<string>('ab', null)), '616201')
  assert.equal(written(new Change('a', 'bc')), '0261626302')
})

test('changeSerde reads the forms with the byte isLatest, too', () => {
  assert.deepEqual(read('61620103'), new Change<string>(null, 'ab'))
  assert.deepEqual(read('61620004'), new Change<string>('ab', null, false))
  assert.deepEqual(read('026162630005'), new Change('a', 'bc', false))
})

test('changeSerde reads what it writes', () => {
  const side = fc.option(fc.string())
  fc.assert(
    fc.property(side, side, (newValue, oldValue) => {
      fc.pre(newValue !== null || oldValue !== null)
      const change = new Change(newValue, oldValue)
      assert.deepEqual(read(written(change)), change)
    }),
  )
})

test('changeSerde refuses a change of nothing and bytes that are none', () => {
  const hasCode = (code: string) => (error: unknown) => isMillraceError(error) && error.code === code
  assert.throws(() => written(new Change<string>(null, null)), hasCode('VALUE_INVALID'))
  for (const hex of ['', '06', '05', '6102', '7f02', '80', 'ffffffffff02']) assert.throws(() => read(hex), hasCode('BYTES_INVALID'), hex)
})
