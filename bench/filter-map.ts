import { StreamsBuilder } from '../src/dsl/streams-builder.ts'
import { serdes } from '../src/serdes/serdes.ts'
import { topic } from '../src/serdes/topic.ts'
import { keyedValues, responsesOf } from './input.ts'
import type { Benchmark } from './measure.ts'
import { TaskPath } from './task-path.ts'

/** The records whose key ends in an even digit, half of them, with a longer value. */
export function filterMapTopology(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic('input', { key: serdes.string, value: serdes.string }))
    .filter((key) => key.charCodeAt(key.length - 1) % 2 === 0)
    .mapValues((value) => `${value}!`)
    .to(topic('output', { key: serdes.string, value: serdes.string }))
  return builder
}

/** `filter-map`: filter and mapValues. Goal: 1.5 million records per CPU second. */
export const filterMap: Benchmark = {
  name: 'filter-map',
  title: 'processing path: filter and mapValues, string keys, 256-byte string values',
  open(size) {
    const records = size === 'smoke' ? 1_000 : 30_000
    const responses = responsesOf(keyedValues(records), 16)
    const path = new TaskPath({ builder: filterMapTopology(), subtopology: 0, responses, partitions: 4, cacheBytesMax: 0 })
    return [{ name: 'filter + mapValues', unit: 'records', run: () => path.run(records) }]
  },
}
