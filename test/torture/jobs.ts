import { joinWindows, serdes, StreamsBuilder, topic } from 'millrace'
import type { Prng } from '../../src/base/prng.ts'
import { tally, type Tally } from './tally.ts'

/** A record to be written, or one that a reader has seen. */
export interface TextRecord {
  readonly topic: string
  readonly key: string | null
  readonly value: string
  readonly timestamp: number
}

/** What the tortured application does: its topology, its input, and what its output must be. */
export interface Job {
  readonly inputs: readonly string[]
  readonly output: string
  topology(): StreamsBuilder
  /** Draws some input. `nowMs`: the time that it is of. */
  draw(random: Prng, nowMs: number): readonly TextRecord[]
  /** Compares all records of the output with all input that was drawn: exactly once, or at least once. */
  check(output: readonly TextRecord[], isExactlyOnce: boolean): Tally
}

/** The kinds of jobs. */
export const jobKinds = ['word-count', 'windowed-join'] as const

/** One of them. */
export type JobKind = (typeof jobKinds)[number]

/** A job with nothing drawn yet. */
export function openJob(kind: JobKind): Job {
  return kind === 'word-count' ? new WordCount() : new WindowedJoin()
}

const lines = topic('torture-lines', { value: serdes.string })
const counts = topic('torture-counts', { key: serdes.string, value: serdes.string })
const WORDS = 40

/** Counts words through a repartition topic into a store, and puts out every count. */
class WordCount implements Job {
  readonly inputs: readonly string[] = [lines.name]
  readonly output = counts.name
  readonly #occurrences = new Map<string, number>()

  topology(): StreamsBuilder {
    const builder = new StreamsBuilder()
    builder
      .stream(lines)
      .flatMapValues((line) => (line ?? '').split(' '), { value: serdes.string })
      .groupBy((_key, word) => word, { key: serdes.string })
      .count({ name: 'counting' })
      .toStream()
      .mapValues(String, { value: serdes.string })
      .to(counts)
    return builder
  }

  draw(random: Prng, nowMs: number): readonly TextRecord[] {
    return Array.from({ length: 10 }, () => {
      const words = Array.from({ length: 1 + random.below(4) }, () => `w${random.below(WORDS)}`)
      for (const word of words) this.#occurrences.set(word, (this.#occurrences.get(word) ?? 0) + 1)
      return { topic: lines.name, key: null, value: words.join(' '), timestamp: nowMs }
    })
  }

  /** Exactly once: the counts of a word are 1, 2, ..., n, each once and in this order. At least once: the greatest is at least n. */
  check(output: readonly TextRecord[], isExactlyOnce: boolean): Tally {
    if (!isExactlyOnce) {
      const greatest = new Map<string, number>()
      for (const { key, value } of output) greatest.set(key!, Math.max(greatest.get(key!) ?? 0, Number(value)))
      const lost = [...this.#occurrences].map(([word, n]) => Math.max(0, n - (greatest.get(word) ?? 0)))
      return { lost: lost.reduce((sum, count) => sum + count, 0), duplicated: 0, problems: [] }
    }
    const expected = [...this.#occurrences].flatMap(([word, n]) => Array.from({ length: n }, (_, index) => `${word}=${index + 1}`))
    const isTooMany = ({ key, value }: TextRecord): boolean => Number(value) > (this.#occurrences.get(key!) ?? 0)
    const found = tally(
      expected,
      output.filter((record) => !isTooMany(record)).map(({ key, value }) => `${key}=${value}`),
    )
    // Something was counted twice.
    found.duplicated += output.filter(isTooMany).length
    const last = new Map<string, number>()
    for (const { key, value } of output) {
      const before = last.get(key!) ?? 0
      if (Number(value) < before) found.problems.push(`the counts of ${key} fall from ${before} to ${value}`)
      last.set(key!, Number(value))
    }
    return found
  }
}

const text = { key: serdes.string, value: serdes.string }
const lefts = topic('torture-lefts', text)
const rights = topic('torture-rights', text)
const pairs = topic('torture-pairs', text)
/** Longer than any run: which records meet does not depend on when they are processed. */
const LONG_MS = 24 * 3_600_000
const KEYS_AT_ONCE = 20

/** Joins two streams in windows: every left with every right of its key. */
class WindowedJoin implements Job {
  readonly inputs: readonly string[] = [lefts.name, rights.name]
  readonly output = pairs.name
  readonly #ids = new Map<string, { readonly left: string[]; readonly right: string[] }>()
  #drawn = 0

  topology(): StreamsBuilder {
    const builder = new StreamsBuilder()
    const windows = joinWindows({ timeDifference: LONG_MS, grace: LONG_MS })
    builder
      .stream(lefts)
      .join(builder.stream(rights), (left, right) => `${left}+${right}`, windows, { name: 'joining', store: 'joining' })
      .to(pairs)
    return builder
  }

  draw(random: Prng, nowMs: number): readonly TextRecord[] {
    return Array.from({ length: 10 }, () => {
      // Keys come and go, so that each has a few pairs only.
      const key = `k${Math.floor(this.#drawn / (4 * KEYS_AT_ONCE)) * KEYS_AT_ONCE + random.below(KEYS_AT_ONCE)}`
      const side = random.chance(0.5) ? 'left' : 'right'
      const id = `${side}${this.#drawn++}`
      let known = this.#ids.get(key)
      if (known === undefined) this.#ids.set(key, (known = { left: [], right: [] }))
      known[side].push(id)
      return { topic: side === 'left' ? lefts.name : rights.name, key, value: id, timestamp: nowMs - random.below(60_000) }
    })
  }

  check(output: readonly TextRecord[], isExactlyOnce: boolean): Tally {
    const expected = [...this.#ids.values()].flatMap(({ left, right }) => left.flatMap((a) => right.map((b) => `${a}+${b}`)))
    const found = tally(
      expected,
      output.map(({ value }) => value),
    )
    return isExactlyOnce ? found : { ...found, duplicated: 0 }
  }
}
