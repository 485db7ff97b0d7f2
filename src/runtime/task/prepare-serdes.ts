import { isMillraceError, TaskError } from '../../base/errors.ts'
import type { Deserializer, Serde, Serializer } from '../../serdes/serde.ts'
import { serdeTopicOf } from '../../state/store-definition.ts'
import { fullTopicName, type SubTopology } from '../../topology/physical-topology.ts'
import { asError } from './failures.ts'

/**
 * Lets the serdes of a sub-topology do their input and output before its task opens: calls `prepare` of each that has one, once per topic and
 * side, and waits for all. A sink that chooses its topics, and a source with a pattern, have none to prepare for. Rejects with `TaskError`
 * `SERDE_UNPREPARED`.
 */
export async function prepareSerdes(subtopology: Pick<SubTopology, 'sources' | 'sinks' | 'stores'>, applicationId: string): Promise<void> {
  const prepared = new Map<unknown, Set<string>>()
  const works: Promise<void>[] = []
  const add = (serde: Serializer<never> | Deserializer<unknown> | null, topic: string, isKey: boolean): void => {
    // A deserializer or serializer of a user need not be a whole serde; the interface of serdes is what may have it.
    const { prepare } = (serde ?? {}) as Partial<Serde<unknown>>
    if (prepare === undefined) return
    const place = `${isKey ? 'key' : 'value'} ${topic}`
    const places = prepared.get(serde) ?? new Set()
    prepared.set(serde, places)
    if (places.has(place)) return
    places.add(place)
    works.push(prepareOne(() => prepare(topic, isKey), topic, isKey))
  }
  for (const { topics, key, value } of subtopology.sources) {
    for (const topic of topics) {
      add(key, fullTopicName(topic, applicationId), true)
      add(value, fullTopicName(topic, applicationId), false)
    }
  }
  for (const { topic, key, value } of subtopology.sinks) {
    if (typeof topic === 'function') continue
    add(key, fullTopicName(topic, applicationId), true)
    add(value, fullTopicName(topic, applicationId), false)
  }
  for (const store of subtopology.stores) {
    add(store.key, serdeTopicOf(store, applicationId), true)
    add(store.value, serdeTopicOf(store, applicationId), false)
  }
  await Promise.all(works)
}

async function prepareOne(prepare: () => Promise<void>, topic: string, isKey: boolean): Promise<void> {
  try {
    await prepare()
  } catch (cause) {
    if (isMillraceError(cause)) throw cause
    throw new TaskError(
      'SERDE_UNPREPARED',
      `Cannot prepare the ${isKey ? 'key' : 'value'} serde of topic "${topic}": ${asError(cause).message}`,
      { topic, cause },
    )
  }
}
