import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { StoreMeta } from '../../store-meta.ts'
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts'

const someNumber = fc.nat({ max: 0xffff_ffff })
const someMeta: fc.Arbitrary<StoreMeta> = fc.record({
  formatVersion: fc.nat(),
  engine: fc.string(),
  clusterId: fc.option(fc.string()),
  topicId: fc.option(fc.string()),
  offset: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER })),
  commitTimeMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
})
const someBytes = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))
const someManifest: fc.Arbitrary<Manifest> = fc.record({
  nextFile: someNumber,
  nextStore: someNumber,
  stores: fc.array(
    fc.record({ id: someNumber, name: fc.string({ unit: 'grapheme' }), meta: fc.option(someMeta), expiredBelow: fc.option(someBytes) }),
    { maxLength: 5 },
  ),
  runs: fc.array(
    fc.record({
      level: fc.nat(20),
      files: fc.array(fc.record({ number: someNumber, bytes: fc.nat({ max: Number.MAX_SAFE_INTEGER }), checksum: someNumber }), {
        maxLength: 5,
      }),
    }),
    { maxLength: 5 },
  ),
})

/** With ordinary prototypes, which fast-check does not always give. */
function structuredCopy({ nextFile, nextStore, stores, runs }: Manifest): Manifest {
  return {
    nextFile,
    nextStore,
    stores: stores.map((store) => ({ ...store, meta: store.meta === null ? null : { ...store.meta } })),
    runs: runs.map(({ level, files }) => ({ level, files: files.map((file) => ({ ...file })) })),
  }
}

describe('Manifest', () => {
  test('decodes to what was encoded', () => {
    fc.assert(fc.property(someManifest, (manifest) => assert.deepEqual(decodeManifest(encodeManifest(manifest)), structuredCopy(manifest))))
  })

  test('is refused with any bit changed, cut anywhere, and with bytes behind it', () => {
    fc.assert(
      fc.property(someManifest, fc.nat(), (manifest, place) => {
        const bytes = encodeManifest(manifest)
        const changed = Buffer.from(bytes)
        changed[(place >>> 3) % bytes.length]! ^= 1 << (place & 7)
        assert.throws(() => decodeManifest(changed), RangeError)
        assert.throws(() => decodeManifest(bytes.subarray(0, place % bytes.length)), RangeError)
        assert.throws(() => decodeManifest(Buffer.concat([bytes, Buffer.from('more')])), RangeError)
      }),
    )
  })

  test('has the bytes of version 1', () => {
    const manifest: Manifest = {
      nextFile: 3,
      nextStore: 2,
      stores: [{ id: 1, name: 's', meta: null, expiredBelow: Buffer.from('m') }],
      runs: [{ level: 1, files: [{ number: 2, bytes: 0x1_0000_0001, checksum: 0xdead_beef }] }],
    }
    const head = Buffer.from('MRLSMANI').toString('hex') + '00000001' + '00000003' + '00000002'
    const stores = '00000001' + '00000001' + '0000000273' + '00000000' + '000000026d'
    const runs = '00000001' + '00000001' + '00000001' + '00000002' + '0000000100000001' + 'deadbeef'
    assert.equal(encodeManifest(manifest).subarray(0, -4).toString('hex'), head + stores + runs)
  })
})
