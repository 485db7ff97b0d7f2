import { checkTopicName } from '../serdes/topic.ts'
import type { Serializer } from '../serdes/serde.ts'
import type { SinkNode, TopicChooser } from './physical-topology.ts'
import type { Produced, Sink } from './options/produced.ts'

/** What a sink writes and how, taken from the topic and the options of the call. */
export interface SinkParts {
  readonly topic: SinkNode['topic']
  /** What messages call it. */
  readonly label: string
  /** `null`: the serde that travels with the records. */
  readonly key: Serializer<unknown> | null
  readonly value: Serializer<unknown> | null
  readonly partitioner: SinkNode['partitioner']
}

// oxlint-disable-next-line typescript/no-explicit-any -- sinks of any type fit: types end at the DSL
type AnySink = Sink<any, any>
// oxlint-disable-next-line typescript/no-explicit-any -- as above
type AnyProduced = Produced<any, any>

/** Reads `sink` and `options`. Throws `TopologyError` `TOPIC_NAME` for a name that no topic has. */
export function sinkParts(sink: AnySink, options: AnyProduced = {}): SinkParts {
  const { key = null, value = null, partitioner = null } = options
  if (typeof sink === 'function') {
    const chooser: TopicChooser = sink
    return { topic: chooser, label: 'topics chosen per record', key, value, partitioner }
  }
  const described = typeof sink === 'string' ? null : sink
  // Plain JavaScript may give no topic at all, which is no name either.
  const name = typeof sink === 'string' ? sink : ((sink as { readonly name: string } | undefined)?.name as string)
  checkTopicName(name)
  return {
    topic: { name, internal: false },
    label: `topic "${name}"`,
    key: key ?? described?.key ?? null,
    value: value ?? described?.value ?? null,
    partitioner,
  }
}
