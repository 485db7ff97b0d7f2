import { StreamsBuilder } from '../src/dsl/streams-builder.ts'
import { serdes } from '../src/serdes/serdes.ts'
import { topic } from '../src/serdes/topic.ts'
import { lines, responsesOf, words } from './input.ts'
import type { Benchmark } from './measure.ts'
import { TaskPath } from './task-path.ts'

/** Lines to words, and words to counts. */
export function wordCountTopology(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic('lines', { value: serdes.string }))
    .flatMapValues((line) => line.split(' '))
    .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('word-counts', { key: serdes.string, value: serdes.int64 }))
  return builder
}

const CACHE_BYTES = 10 * 1024 * 1024
/** About what one thread counts between two commits 100 ms apart. */
const WORDS_PER_COMMIT = 100_000

/** `word-count-path`: the two halves of a word count. Goal: the counting half does a million words per CPU second without a cache. */
export const wordCountPath: Benchmark = {
  name: 'word-count-path',
  title: 'processing path: word count; counting reads the repartition topic, writes changelog and output, commits every 100,000 words',
  open(size) {
    const scale = size === 'smoke' ? 100 : 1
    const counted = WORDS_PER_COMMIT / scale
    const split = 20_000 / scale
    const builder = wordCountTopology()
    const pairs = words(counted).map((word) => ({ key: word, value: word }))
    const counting = { builder, subtopology: 1, responses: responsesOf(pairs, 16), partitions: 1 }
    const plain = new TaskPath({ ...counting, cacheBytesMax: 0 })
    const cached = new TaskPath({ ...counting, cacheBytesMax: CACHE_BYTES })
    const splitting = new TaskPath({ builder, subtopology: 0, responses: responsesOf(lines(split), 16), partitions: 4, cacheBytesMax: 0 })
    return [
      { name: 'count, no cache', unit: 'words', run: () => plain.run(counted) },
      { name: 'count, cache of 10 MiB', unit: 'words', run: () => cached.run(counted) },
      {
        name: 'split lines into words',
        unit: 'words',
        run: () => {
          const before = splitting.written
          splitting.run(split)
          return splitting.written - before
        },
      },
    ]
  },
}
