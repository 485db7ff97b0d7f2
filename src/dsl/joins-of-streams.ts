import { requireKnownOptions } from '../base/known-options.ts'
import type { JoinWindows } from '../model/join-windows.ts'
import { planStreamJoin, type StreamJoinType } from '../planner/joins/stream-join.ts'
import { serdeOf } from '../planner/materialization.ts'
import type { PlannedStream } from '../planner/planned-stream.ts'
import { requireFunction } from './require-function.ts'
import { requireSameBuilder } from './require-same-builder.ts'
import type { StreamJoined } from './options/stream-joined.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- joins of all types: the interface KStream has them
type Any = any

/** A call of `join`, `leftJoin` or `outerJoin` with another stream, as it was made. */
export interface JoinOfStreams {
  readonly method: 'join' | 'leftJoin' | 'outerJoin'
  readonly other: PlannedStream
  /** The other arguments. */
  readonly given: readonly Any[]
  readonly site: string | null
}

const types: Readonly<Record<JoinOfStreams['method'], StreamJoinType>> = { join: 'inner', leftJoin: 'left', outerJoin: 'outer' }

/** Plans a join of two streams. Throws `TypeError` for arguments that are none. */
export function planJoinOfStreams(left: PlannedStream, { method, other, given, site }: JoinOfStreams): PlannedStream {
  requireSameBuilder(left.planner, other.planner, method)
  const [joiner, windows, options = {}] = given as readonly [Any, JoinWindows | undefined, StreamJoined<Any, Any, Any>?]
  requireFunction(joiner, `${method}()`)
  if (windows?.kind !== 'join') throw new TypeError(`Cannot ${method}: with a stream the third argument are windows, made by joinWindows()`)
  requireKnownOptions(`${method}()`, options, optionNames.streamJoined)
  const { name, key, value, otherValue, store, logging, supplier, engine } = options
  return planStreamJoin(left, other, {
    type: types[method],
    joiner,
    windows,
    name,
    key: serdeOf(key),
    value: serdeOf(value),
    otherValue: serdeOf(otherValue),
    store,
    logging,
    supplier,
    engine,
    site,
  })
}
