import { serdes, StreamsBuilder, topic } from 'millrace'

/** The lines to count, without keys. */
export const lines = topic('text-lines', { value: serdes.string })
/** The running count of each word. */
export const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })

/** The group of the instances, and the prefix of the application's own topics. */
export const APPLICATION_ID = 'word-count'
/** The words between the two halves of the topology; the topic has the name of the store that they are counted in. */
export const words = `${APPLICATION_ID}-word-counts-repartition`

export const builder = new StreamsBuilder()

/** A word is a run of letters in the lower-cased text. */
export const counts = builder
  .stream(lines)
  .flatMapValues((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
  .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
  .count({ store: 'word-counts' })

counts.toStream().to(wordCounts)
