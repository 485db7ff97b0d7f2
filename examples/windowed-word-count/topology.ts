import { serdes, StreamsBuilder, timeWindows, topic } from 'millrace'

/** The size of a window, and for how long after its end a line may still come. Milliseconds. */
export const SIZE = 60_000
export const GRACE = 10_000

/** The lines to count, without keys. Their timestamps say when they were written, which is not the order in which they arrive. */
export const lines = topic('text-lines', { value: serdes.string })
/** The running count of each word in each minute. */
export const wordsPerMinute = topic('words-per-minute', { key: serdes.timeWindowed(serdes.string, SIZE), value: serdes.int64 })

export const builder = new StreamsBuilder()

export const counts = builder
  .stream(lines)
  .flatMapValues((line) => line.split(' '))
  .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
  .windowedBy(timeWindows({ size: SIZE, grace: GRACE }))
  .count({ store: 'words-per-minute' })

counts.toStream().to(wordsPerMinute)
