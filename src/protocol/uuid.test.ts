import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BytesReader } from '../base/bytes-reader.ts'
import { BytesWriter } from '../base/bytes-writer.ts'
import { readUuid, writeUuid, zeroUuid } from './uuid.ts'

test('writeUuid() writes 16 bytes and readUuid() gives the same text', () => {
  for (const uuid of [zeroUuid, 'AAAAAAAAAAAAAAAAAAAAAQ', '_____________________w', 'a-b_c0123456789ABCDEFg']) {
    const writer = new BytesWriter(1)
    writeUuid(writer, uuid)
    assert.equal(writer.position, 16)
    assert.equal(readUuid(new BytesReader(writer.written())), uuid)
  }
  assert.equal(readUuid(new BytesReader(Buffer.alloc(16))), zeroUuid)
})

test('writeUuid() refuses what is no id', () => {
  for (const text of ['', 'short', '00000000-0000-0000-0000-000000000000', '!!!!!!!!!!!!!!!!!!!!!!']) {
    assert.throws(() => writeUuid(new BytesWriter(), text), { name: 'AssertionError' }, text)
  }
})
