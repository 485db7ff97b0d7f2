// The same without topic descriptors.
import { type KTable, serdes, StreamsBuilder } from 'millrace'
import { expectType } from './expect.ts'

const builder = new StreamsBuilder()
const counts = builder
  .stream('text-lines', { value: serdes.string })
  .flatMapValues((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [], { value: serdes.string })
  .groupBy((_key, word) => word, { key: serdes.string })
  .count({ store: 'word-counts' })
expectType<KTable<string, number, never>>()(counts)
counts.toStream().to('word-counts-out', { key: serdes.string, value: serdes.int64 })
builder.build()
