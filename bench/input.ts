import { Prng } from '../src/base/prng.ts'
import type { FetchedChunk } from '../src/client/fetched-chunk.ts'
import { BatchBuilder, type RecordToAppend } from '../src/record/batch-builder.ts'
import { readBatches, verifyCrc } from '../src/record/batch-reader.ts'

/** Batches of this size are what a producer with the default `batchSize` sends under load. */
export const BATCH_BYTES: number = 64 * 1024

/** A key and a value. */
export interface Pair {
  readonly key: string | null
  readonly value: string
}

const KEY_COUNT = 100_000
const WORD_COUNT = 10_000
const LINE_CHARACTERS = 55
const ASCII = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join('')

/** `count` pairs: keys `k0000000` to `k0099999` in no order, values of `valueLength` printable ASCII characters cut out of 4 KiB. */
export function keyedValues(count: number, valueLength = 256): Pair[] {
  const random = new Prng(1)
  const text = Array.from({ length: 4096 }, () => ASCII[random.below(ASCII.length)]!).join('')
  return Array.from({ length: count }, () => {
    const start = random.below(text.length - valueLength)
    return { key: `k${String(random.below(KEY_COUNT)).padStart(7, '0')}`, value: text.slice(start, start + valueLength) }
  })
}

/** `count` pairs with `keys` keys of 8 characters, each as likely, and values that begin with a digit. `valueOf` makes other values of them. */
export function pairsOf(
  count: number,
  keys: number,
  valueLength: number,
  valueOf = (value: string, _index: number): string => value,
): Pair[] {
  const random = new Prng(3)
  return keyedValues(count, valueLength - 1).map(({ value }, index) => ({
    key: `k${String(random.below(keys)).padStart(7, '0')}`,
    value: valueOf(`${random.below(10)}${value}`, index),
  }))
}

/** `count` words of 3 to 8 letters out of 10,000, as often as in real text: the n-th most frequent one 1/n times as often as the first. */
export function words(count: number): string[] {
  const random = new Prng(2)
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  const vocabulary = Array.from({ length: WORD_COUNT }, () =>
    Array.from({ length: 3 + random.below(6) }, () => letters[random.below(letters.length)]!).join(''),
  )
  const cumulative: number[] = []
  let sum = 0
  for (let rank = 1; rank <= WORD_COUNT; rank++) cumulative.push((sum += 1 / rank))
  return Array.from({ length: count }, () => {
    const wanted = random.next() * sum
    let low = 0
    let high = WORD_COUNT - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (cumulative[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return vocabulary[low]!
  })
}

/** `count` lines without keys: words, joined by blanks until a line has 55 characters. */
export function lines(count: number): Pair[] {
  const pool = words(count * 12)
  let next = 0
  return Array.from({ length: count }, () => {
    let value = pool[next++]!
    while (value.length < LINE_CHARACTERS) value += ` ${pool[next++ % pool.length]!}`
    return { key: null, value }
  })
}

/** The record data of fetch responses of `batchesPerResponse` full batches each, with `pairs` in their order; the last may be short. */
export function responsesOf(pairs: readonly Pair[], batchesPerResponse: number): Buffer[] {
  const builder = new BatchBuilder(BATCH_BYTES)
  const batches: Buffer[] = []
  pairs.forEach((pair, index) => {
    const record = outgoing(pair, index)
    if (builder.append(record, BATCH_BYTES)) return
    batches.push(builder.seal({ baseOffset: index - builder.count }))
    builder.append(record)
  })
  batches.push(builder.seal({ baseOffset: pairs.length - builder.count }))
  const responses: Buffer[] = []
  for (let start = 0; start < batches.length; start += batchesPerResponse) {
    responses.push(Buffer.concat(batches.slice(start, start + batchesPerResponse)))
  }
  return responses
}

/** What the fetcher makes of the record data of a response: finds the batches and checks them. `laterMs` is added to their timestamps. */
export function fetched(topic: string, bytes: Buffer, laterMs = 0): FetchedChunk {
  const read = readBatches(bytes, 0, bytes.length)
  for (const batch of read) verifyCrc(batch)
  const batches =
    laterMs === 0
      ? read
      : read.map((batch) => ({ ...batch, baseTimestamp: batch.baseTimestamp + laterMs, maxTimestamp: batch.maxTimestamp + laterMs }))
  const nextOffset = batches.at(-1)!.lastOffset + 1
  return { topic, partition: 0, batches, from: 0, nextOffset, leaderEpoch: 0, byteLength: bytes.length, release: () => {} }
}

function outgoing({ key, value }: Pair, index: number): RecordToAppend {
  const bytes = Buffer.from(`${key ?? ''}${value}`)
  const keyEnd = key === null ? -1 : key.length
  return {
    timestamp: 1_700_000_000_000 + index,
    bytes,
    keyStart: 0,
    keyEnd,
    valueStart: Math.max(keyEnd, 0),
    valueEnd: bytes.length,
    headers: null,
  }
}
