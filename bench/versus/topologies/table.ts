import { keyValueStore, serdes, StreamsBuilder, topic } from 'millrace'
import type { TopologyOptions } from './topology-options.ts'

const text = { key: serdes.string, value: serdes.string }

/** A table and nothing else: what is restored. */
export function table({ input, supplier }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.table(topic(input, text), { store: keyValueStore('store', { ...text, supplier }) })
  return builder
}
