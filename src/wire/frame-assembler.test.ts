import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FrameAssembler } from './frame-assembler.ts'

function framed(bodies: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => {
      const size = Buffer.alloc(4)
      size.writeInt32BE(body.length)
      return [size, body]
    }),
  )
}

test('FrameAssembler gives the frames of a stream, however it is cut', () => {
  const body = fc.uint8Array({ minLength: 4, maxLength: 40 })
  fc.assert(
    fc.property(fc.array(body, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (bodies, cuts) => {
      const found: string[] = []
      const assembler = new FrameAssembler((frame) => found.push(frame.toString('hex')), 100)
      const stream = framed(bodies)
      for (let position = 0, turn = 0; position < stream.length; turn++) {
        const end = position + cuts[turn % cuts.length]!
        // A socket gives each chunk in a buffer of its own.
        assembler.push(Buffer.from(stream.subarray(position, end)))
        position = end
      }
      assert.deepEqual(
        found,
        bodies.map((bytes) => Buffer.from(bytes).toString('hex')),
      )
    }),
  )
})

test('FrameAssembler refuses a size that cannot be one, and takes larger frames when it may', () => {
  const found: number[] = []
  const assembler = new FrameAssembler((frame) => found.push(frame.length), 10)
  for (const text of ['HTTP/1.1 400 Bad Request', '\u0000\u0000\u0000\u000b', '\u0000\u0000\u0000\u0003', '\u00ff\u00ff\u00ff\u00ff']) {
    assert.throws(() => assembler.push(Buffer.from(text, 'latin1')), { code: 'MALFORMED_MESSAGE' })
  }
  assembler.allow(11)
  assembler.push(framed([Buffer.alloc(11)]))
  assert.deepEqual(found, [11])
})
