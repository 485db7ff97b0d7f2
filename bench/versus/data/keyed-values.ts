import { Prng } from '../../../src/base/prng.ts'
import { type DataSet, FIRST_MS } from './data-set.ts'
import { PrintableText, writeDigits } from './printable-text.ts'

/** What keyed values look like. */
export interface KeyedValuesShape {
  readonly topic: string
  readonly records: number
  /** How many keys there are, each as likely as the others. */
  readonly keys: number
  /** Digits of a key, which begins with a `k`. */
  readonly keyDigits: number
  readonly valueBytes: number
  readonly seed: number
}

/** Records with keys `k0000000`, `k0000001`, ... in no order and values of printable characters. */
export function keyedValues({ topic, records, keys, keyDigits, valueBytes, seed }: KeyedValuesShape): DataSet {
  const keyBytes = 1 + keyDigits
  return {
    topic,
    records,
    firstMs: FIRST_MS,
    generate: () => {
      const random = new Prng(seed)
      const text = new PrintableText(random)
      let filled = 0
      return {
        fill: (record) => {
          record.bytes[0] = 0x6b
          writeDigits(record.bytes, 1, keyDigits, random.below(keys))
          text.cut(record.bytes, keyBytes, valueBytes)
          record.keyEnd = keyBytes
          record.valueStart = keyBytes
          record.valueEnd = keyBytes + valueBytes
          filled++
        },
        units: () => filled,
      }
    },
  }
}
