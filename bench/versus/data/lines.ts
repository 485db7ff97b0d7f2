import { Prng } from '../../../src/base/prng.ts'
import { type DataSet, FIRST_MS } from './data-set.ts'

const WORDS = 10_000
const WORD_LETTERS_MIN = 3
const WORD_LETTERS_MAX = 8
const LINE_CHARACTERS = 55
const LETTERS = 26

/** Lines without a key: words of 3 to 8 letters out of 10,000, the n-th most frequent one 1/n times as often as the first, until a line has 55 characters. */
export function lines(topic: string, records: number): DataSet {
  return {
    topic,
    records,
    firstMs: FIRST_MS,
    generate: () => {
      const drawWord = zipfWords(new Prng(2))
      let words = 0
      return {
        fill: (record) => {
          record.keyStart = -1
          record.keyEnd = -1
          record.valueStart = 0
          let end = 0
          while (end < LINE_CHARACTERS) {
            if (end > 0) record.bytes[end++] = 0x20
            const word = drawWord()
            word.copy(record.bytes, end)
            end += word.length
            words++
          }
          record.valueEnd = end
        },
        units: () => words,
      }
    },
  }
}

function zipfWords(random: Prng): () => Buffer {
  const drawLength = (): number => WORD_LETTERS_MIN + random.below(WORD_LETTERS_MAX - WORD_LETTERS_MIN + 1)
  const vocabulary = Array.from({ length: WORDS }, () =>
    Buffer.from(Array.from({ length: drawLength() }, () => 0x61 + random.below(LETTERS))),
  )
  const cumulative = new Float64Array(WORDS)
  let sum = 0
  for (let rank = 0; rank < WORDS; rank++) cumulative[rank] = sum += 1 / (rank + 1)
  return () => {
    const wanted = random.next() * sum
    let low = 0
    let high = WORDS - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (cumulative[middle]! < wanted) low = middle + 1
      else high = middle
    }
    return vocabulary[low]!
  }
}
