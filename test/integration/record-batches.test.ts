import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { murmur2 } from '../../src/base/murmur2.ts'
import { murmur3 } from '../../src/base/murmur3.ts'
import { Prng } from '../../src/base/prng.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { readBatches, verifyCrc } from '../../src/record/batch-reader.ts'
import { type Compression, compressionNames } from '../../src/record/compression.ts'
import { buildMarker } from '../../src/record/control-marker.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { recordHeaders } from '../../src/record/record-headers.ts'
import { Position } from '../../src/state/position.ts'
import { positionBytes, positionOf } from '../../src/state/positions/position-bytes.ts'
import { javaSkipReason, resolveClassPath } from '../oracle/maven.ts'

// Goal: Java reads what we write and we read what Java writes, with every codec, and both hash alike. Method: one Java process answers a
// list of questions; a batch is compared as the text of its records.

const skip = javaSkipReason()
const program = fileURLToPath(new URL('../oracle/RecordBatches.java', import.meta.url))
const recorded = fileURLToPath(new URL('../golden/java-batches.json', import.meta.url))

function askJava(questions: readonly string[]): string[] {
  const run = spawnSync('java', ['-cp', resolveClassPath(), program], {
    input: `${questions.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  assert.equal(run.status, 0, run.stderr)
  const answers = run.stdout.split('\n').slice(0, -1)
  assert.equal(answers.length, questions.length)
  return answers
}

const hex = (bytes: Uint8Array | null): string => (bytes === null ? 'null' : `x${Buffer.from(bytes).toString('hex')}`)

/** The text that the Java program prints of a batch. */
function textOf(bytes: Buffer): string {
  let text = ''
  const cursor = new RecordCursor()
  for (const batch of readBatches(bytes, 0, bytes.length)) {
    verifyCrc(batch)
    text += `${batch.baseOffset} ${batch.lastOffset} ${batch.producerId}${batch.isControl ? ' control' : ''}`
    cursor.open(batch)
    while (cursor.next()) {
      text += ` | ${cursor.offset} ${cursor.timestamp} ${hex(cursor.key())} ${hex(cursor.value())}`
      for (const { key, value } of cursor.headers()) text += ` ${key}=${hex(value).replace(/^x/, '')}`
    }
  }
  return text
}

/** The text of the batch that the Java program writes for `count`. */
function expectedText(count: number): string {
  let text = `100 ${100 + count - 1} 1000`
  for (let index = 0; index < count; index++) {
    const key = index % 5 === 3 ? null : Buffer.from(`key-${index}`)
    const value = index % 7 === 5 ? null : Buffer.from(`value of record number ${index} ${'abc'.repeat(index % 40)}`)
    text += ` | ${100 + index} ${1_700_000_000_000 + index * 37} ${hex(key)} ${hex(value)}`
    if (index % 4 === 1) text += ` h=${Buffer.from([index]).toString('hex')} n=null`
  }
  return text
}

function randomBytes(random: Prng, lengthMax: number): Buffer {
  return Buffer.from(Array.from({ length: random.below(lengthMax + 1) }, () => random.below(256)))
}

function randomBatch(random: Prng, compression: Compression): Buffer {
  const builder = new BatchBuilder()
  const count = random.pick([1, 2, 30, 400])
  for (let index = 0; index < count; index++) {
    const key = randomBytes(random, 20)
    const bytes = Buffer.concat([key, Buffer.from('ab'.repeat(random.below(50))), randomBytes(random, 200)])
    const keyEnd = random.chance(0.2) ? -1 : key.length
    const valueEnd = random.chance(0.2) ? -1 : bytes.length
    const headers = random.chance(0.3)
      ? recordHeaders([
          ['näme', randomBytes(random, 9)],
          ['', null],
        ])
      : null
    const timestamp = 1_700_000_000_000 + random.pick([0, index, -index, random.below(2 ** 40)])
    builder.append({ timestamp, bytes, keyStart: 0, keyEnd, valueStart: key.length, valueEnd, headers })
  }
  return builder.seal({
    compression,
    producerId: random.below(2 ** 50),
    producerEpoch: 3,
    baseSequence: 12,
    isTransactional: random.chance(0.5),
  })
}

test('RecordCursor reads what Java writes with every codec, and the recorded batches are what Java writes', { skip }, () => {
  const cases = compressionNames.flatMap((codec) => [1, 20, 2_000].map((count) => ({ codec, count })))
  const answers = askJava(cases.map(({ codec, count }) => `write ${codec} ${count}`))
  const known = JSON.parse(readFileSync(recorded, 'utf8')) as Record<string, string>
  cases.forEach(({ codec, count }, index) => {
    assert.equal(textOf(Buffer.from(answers[index]!, 'hex')), expectedText(count), `${codec}, ${count} records`)
    // The bytes of gzip are those of the zlib that the Java of this machine has.
    if (count === 20 && codec !== 'gzip') assert.equal(known[codec], answers[index], codec)
  })
})

test('Java reads what BatchBuilder and buildMarker() write, with every codec', { skip }, () => {
  const random = new Prng(20_240_101)
  const batches = compressionNames.flatMap((codec) => Array.from({ length: 20 }, () => randomBatch(random, codec)))
  const marker = { producerId: 5, producerEpoch: 1, coordinatorEpoch: 3, timestamp: 1_700_000_000_000 }
  batches.push(buildMarker({ ...marker, kind: 'commit' }), buildMarker({ ...marker, kind: 'abort' }))
  const answers = askJava(batches.map((batch) => `read ${batch.toString('hex')}`))
  batches.forEach((batch, index) => assert.equal(answers[index], textOf(batch), `batch ${index}: ${batch.toString('hex')}`))
})

test('murmur2() and murmur3() are those of Java', { skip }, () => {
  const random = new Prng(7)
  const inputs = Array.from({ length: 300 }, () => randomBytes(random, 70))
  const answers = askJava(inputs.flatMap((bytes) => [`murmur2 ${bytes.toString('hex')}`, `murmur3 ${bytes.toString('hex')}`]))
  inputs.forEach((bytes, index) => {
    assert.equal(String(murmur2(bytes, 0, bytes.length)), answers[2 * index], bytes.toString('hex'))
    const hash = Buffer.alloc(16)
    murmur3({ bytes, start: 0, end: bytes.length }, hash, 0)
    assert.equal(hash.toString('hex'), answers[2 * index + 1], bytes.toString('hex'))
  })
})

test('positionBytes() are those of Java, of many topics and partitions, and positionOf() reads them', { skip }, () => {
  const random = new Prng(11)
  const names = Array.from({ length: 9 }, (_, index) => `${random.pick(['orders', 'payments', 'app-KSTREAM-', 'ü'])}-${index}`)
  const positions = Array.from({ length: 60 }, (_, size) =>
    Position.of(
      Array.from({ length: size }, () => [random.pick(names), random.below(random.pick([3, 11])), random.below(2 ** 48)] as const),
    ),
  )
  const answers = askJava(positions.map((position) => ['position', ...Array.from(position).flat()].join(' ')))
  positions.forEach((position, index) => {
    assert.ok(positionBytes(position).toString('hex') === answers[index], String(position))
    assert.ok(positionOf(Buffer.from(answers[index]!, 'hex')).equals(position), String(position))
  })
})
