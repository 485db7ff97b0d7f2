import { assert } from '../base/assert.ts'
import { type Duration, durationMs } from '../base/durations.ts'
import { builtInSerde, fastReaderOf, isNullable } from '../serdes/fast-serde.ts'
import type { Deserializer, Serde } from '../serdes/serde.ts'
import { serdes } from '../serdes/serdes.ts'
import { checkTopicName, type ReadableTopic } from '../serdes/topic.ts'
import type { Consumed, Source } from './options/consumed.ts'
import type { OffsetReset, SourceNode } from './physical-topology.ts'

/** What a source reads and how, taken from the topics and the options of the call. */
export interface SourceParts {
  /** Names of the topics; none for a pattern. */
  readonly topics: readonly string[]
  readonly pattern: RegExp | null
  readonly reading: Pick<SourceNode, 'key' | 'value' | 'timestampExtractor' | 'offsetReset'>
  readonly absent: 'fail' | 'drop'
  /** The serdes that travel with the records; bytes where none is given, `null` where the topics have different ones. */
  readonly keySerde: Serde<unknown> | null
  readonly valueSerde: Serde<unknown> | null
}

type AnyTopic = ReadableTopic<unknown, unknown>
// oxlint-disable-next-line typescript/no-explicit-any -- extractors of any type fit: types end at the DSL
type AnyConsumed = Consumed<any, any>

/** One side of the records of a source: what reads it (`null`: bytes as they are), and what travels on. */
interface Side {
  readonly reader: Deserializer<unknown> | null
  readonly travels: Serde<unknown> | null
}

const bytes = serdes.nullable(serdes.bytes) as Serde<unknown>

/** Reads `source` and `options`. Throws `TopologyError` `TOPIC_NAME` for names that no topic has. */
export function sourceParts(source: Source<unknown, unknown>, options: AnyConsumed = {}): SourceParts {
  const { topics, pattern, described } = readSource(source)
  for (const topic of topics) checkTopicName(topic)
  const key = sideOf(options.key, described, 'key')
  const value = sideOf(options.value, described, 'value')
  return {
    topics,
    pattern,
    reading: {
      key: key.reader,
      value: value.reader,
      timestampExtractor: options.timestampExtractor ?? null,
      offsetReset: offsetReset(options.offsetReset),
    },
    absent: options.absent ?? 'fail',
    keySerde: key.travels,
    valueSerde: value.travels,
  }
}

function readSource(source: Source<unknown, unknown>): { topics: string[]; pattern: RegExp | null; described: AnyTopic[] } {
  if (source instanceof RegExp) return { topics: [], pattern: source, described: [] }
  const given: readonly (AnyTopic | string)[] = typeof source === 'string' || !isList(source) ? [source] : source
  const described = given.filter((topic): topic is AnyTopic => typeof topic !== 'string')
  // Plain JavaScript may give no topic at all, which is no name either.
  return {
    topics: given.map((topic: AnyTopic | string | undefined) => (typeof topic === 'string' ? topic : topic?.name) as string),
    pattern: null,
    described,
  }
}

function isList(source: AnyTopic | readonly (AnyTopic | string)[]): source is readonly (AnyTopic | string)[] {
  return Array.isArray(source)
}

function sideOf(given: Serde<unknown> | undefined, topics: readonly AnyTopic[], side: 'key' | 'value'): Side {
  if (given !== undefined) return { reader: given, travels: given }
  const [first] = topics
  if (first === undefined) return { reader: null, travels: bytes }
  if (topics.some((topic) => topic[side] !== first[side])) return { reader: perTopicSerde(topics, side), travels: null }
  const reader = first[side]
  // A topic has whole serdes; its type shows less, so that it fits more places.
  return { reader, travels: 'serialize' in reader ? (reader as Serde<unknown>) : null }
}

/** Reads each record with the serde of its topic. Writes nothing. */
function perTopicSerde(topics: readonly AnyTopic[], side: 'key' | 'value'): Serde<unknown> {
  const readers = new Map(topics.map((topic) => [topic.name, fastReaderOf(topic[side])]))
  return builtInSerde<unknown>({
    read: (buffer, start, end, context) => {
      const reader = readers.get(context.topic)
      assert(reader !== undefined, `the source reads topic "${context.topic}"`)
      return reader.read(buffer, start, end, context)
    },
    nullable: topics.every((topic) => isNullable(topic[side])),
    write: () => assert(false, 'the serde of several topics only reads'),
    windowBytes: 0,
    immutable: false,
    identity: null,
    estimate: null,
  })
}

function offsetReset(given: 'earliest' | 'latest' | 'none' | { readonly byDuration: Duration } | undefined): OffsetReset | null {
  if (given === undefined) return null
  return typeof given === 'object' ? { byDuration: durationMs(given.byDuration, 'offsetReset.byDuration') } : given
}
