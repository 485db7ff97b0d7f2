import { type Generator, type Json, type RandomArea, storeOf } from './generator.ts'
import { maybeVersioned } from './versioned.ts'

/** Streams and tables of topics. */
export const randomSources: RandomArea = {
  choices: [
    { weight: 10, add: (g) => add(g, 'stream') },
    { weight: 10, add: (g) => add(g, 'table') },
    {
      weight: 1,
      add: (g) => {
        const options = source(g)
        if (options === null) return
        const { topic, ...more } = options
        const value = g.inputs.get(topic as string)!
        const also = g.inputs.get('also') ?? value
        if (also !== value) return
        g.inputs.set('also', value)
        g.push('stream', 'stream', { key: 'string', value }, { topics: [topic, 'also'], ...more })
      },
    },
  ],
}

/** A topic that is read, new or one that others read. `null`: the one that was drawn has values of another type. */
function source(g: Generator): Json | null {
  const { random, inputs } = g
  const value = random.chance(0.12) ? 'int64' : 'string'
  const topic = random.chance(0.8) ? `in${inputs.size}` : 'in0'
  if ((inputs.get(topic) ?? value) !== value) return null
  inputs.set(topic, value)
  const options: Json = { topic, ...(value === 'int64' ? { value } : {}), ...g.named() }
  if (random.chance(0.1))
    options['extractor'] = random.pick(['fromValue', 'negativeOnX', 'partitionTime', 'failOnX', 'LogAndSkipOnInvalidTimestamp'])
  return options
}

function add(g: Generator, kind: 'stream' | 'table'): void {
  const options = source(g)
  if (options === null) return
  const value = g.inputs.get(options['topic'] as string)!
  if (kind === 'stream') g.push('stream', 'stream', { key: 'string', value }, options)
  else {
    const store = maybeVersioned(g, g.materialized(0.6), 'string')
    g.push('table', 'table', { key: 'string', value, ...storeOf(store) }, { ...options, ...store })
  }
}
