import { TopologyError } from '../base/errors.ts'
import type { Serde } from '../serdes/serde.ts'

/**
 * What is known of the serde of a stream's or table's keys or values: the serde itself, or the operator that made new ones without saying
 * theirs.
 */
export type TravellingSerde = { readonly serde: Serde<unknown> } | { readonly lostBy: string }

/** A serde that was given, else the one that travels. */
export function serdeOr(given: Serde<unknown> | undefined, travelling: TravellingSerde): TravellingSerde {
  return given === undefined ? travelling : { serde: given }
}

/** A serde that was given, or that operator `name` lost. */
export function serdeOrLost(given: Serde<unknown> | undefined, name: string): TravellingSerde {
  return given === undefined ? { lostBy: name } : { serde: given }
}

/** What needs a serde, for the message. */
export interface SerdeNeed {
  readonly side: 'key' | 'value'
  /** What needs the bytes, e.g. `write to topic "counts"`. */
  readonly action: string
  readonly site: string | null
}

/** The serde of `travelling`, else the default. Throws `SERDE_MISSING`, naming the operator that lost it. */
export function requireSerde(travelling: TravellingSerde, fallback: Serde<unknown> | null, need: SerdeNeed): Serde<unknown> {
  if ('serde' in travelling) return travelling.serde
  if (fallback !== null) return fallback
  const at = need.site === null ? '' : ` (${need.site})`
  throw new TopologyError(
    'SERDE_MISSING',
    `Cannot ${need.action}${at}: the ${need.side} serde is not known since "${travelling.lostBy}" made new ${need.side}s, ` +
      `required is the option "${need.side}" there or here, or a default of StreamsBuilder`,
    { processor: travelling.lostBy },
  )
}

/** The serde of two streams that become one: kept where both have the same. */
export function mergeSerdes(left: TravellingSerde, right: TravellingSerde, name: string): TravellingSerde {
  return 'serde' in left && 'serde' in right && left.serde === right.serde ? left : { lostBy: name }
}
