import { keyValueStore, serdes, StreamsBuilder, topic } from 'millrace'
import type { TopologyOptions } from './topology-options.ts'

const counted = { key: serdes.string, value: serdes.int64 }

/** Splits lines into words and counts them. A step is a word that was split, and one that is counted. */
export function wordCount({ input, output, supplier, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic(input, { value: serdes.string }))
    .flatMapValues((line) => line.split(' '))
    .peek(() => progress.step())
    .selectKey((_key, word) => word, { key: serdes.string })
    .repartition({ key: serdes.string, value: serdes.string, name: 'words' })
    .peek(() => progress.step())
    .groupByKey()
    .count({ store: keyValueStore('store', { ...counted, supplier }) })
    .toStream()
    .to(topic(output, counted))
  return builder
}

/** Counts the records of each key. */
export function count({ input, output, supplier, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic(input, { key: serdes.string, value: serdes.string }))
    .peek(() => progress.step())
    .groupByKey()
    .count({ store: keyValueStore('store', { ...counted, supplier }) })
    .toStream()
    .to(topic(output, counted))
  return builder
}
