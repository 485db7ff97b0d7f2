import { type Serde, serdes } from 'millrace'
import { windowedBy } from '../../src/serdes/windowed-by.ts'
import { BoomError, ScenarioError } from './options.ts'

type AnySerde = Serde<unknown>

const plain: Readonly<Record<string, unknown>> = {
  string: serdes.string,
  int64: serdes.int64,
  bytes: serdes.bytes,
  boolean: serdes.boolean,
  default: serdes.string,
  failing: serdes.of({
    serialize: (text: string, context) => {
      if (text === 'x') throw new BoomError()
      return serdes.string.serialize(text, context)
    },
    deserialize: serdes.string.deserialize,
  }),
}

/**
 * Serdes by name: `string`, `int64`, `bytes`, `boolean`, and of those `timeWindowed(name, size)` (milliseconds, or `unlimited`),
 * `sessionWindowed(name)`, `list(name)`. `default`: of texts, as the configuration says, and Java gets none. `failing`: of texts, and throws for
 * the text `x`, in Java what a store throws that fails.
 */
export function serdeOfName(name: string): AnySerde {
  const inner = /^(\w+)\(([\w()]+)(?:, (\w+))?\)$/.exec(name)
  if (inner !== null) {
    const of = serdeOfName(inner[2]!)
    if (inner[1] === 'timeWindowed' && inner[3] === 'unlimited') return windowedBy(of, Infinity) as AnySerde
    if (inner[1] === 'timeWindowed' && /^\d+$/.test(inner[3] ?? '')) return serdes.timeWindowed(of, Number(inner[3])) as AnySerde
    if (inner[1] === 'sessionWindowed' && inner[3] === undefined) return serdes.sessionWindowed(of) as AnySerde
    if (inner[1] === 'list' && inner[3] === undefined) return serdes.list(of) as AnySerde
  } else if (Object.hasOwn(plain, name)) return plain[name] as AnySerde
  throw new ScenarioError(`serde "${name}" is not known`)
}

/** As `serdeOfName`; what is absent stays `null`. */
export function nullableSerde(name: string): AnySerde {
  return serdes.nullable(serdeOfName(name))
}

/** The name of the serde of keys in windows of `sizeMs`. */
export function timeWindowedName(key: string, sizeMs: number): string {
  return `timeWindowed(${key}, ${sizeMs === Infinity ? 'unlimited' : sizeMs})`
}
