import { serdes, StreamsBuilder, topic } from 'millrace'

/** The lines to count, without keys. */
export const lines = topic('text-lines', { value: serdes.string })
/** The running count of each word. */
export const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })

export const builder = new StreamsBuilder()

/** A word is a run of letters in the lower-cased text. */
export const counts = builder
  .stream(lines)
  .flatMapValues((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
  .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
  .count({ store: 'word-counts' })

counts.toStream().to(wordCounts)
