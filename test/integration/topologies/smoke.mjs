// The topology of the smoke test as a module. Plain JavaScript, for every Node that is supported.
import { serdes, StreamsBuilder, topic } from 'millrace'

// oxlint-disable-next-line import/no-default-export -- what the module of a topology has
export default () => {
  const builder = new StreamsBuilder()
  builder
    .stream(topic('words', { value: serdes.string }))
    .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
    .count({ store: 'counts' })
  return builder
}
