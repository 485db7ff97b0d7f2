import { durationMs } from '../../base/durations.ts'
import { TopologyError } from '../../base/errors.ts'
import type { SlidingWindows } from '../../model/sliding-windows.ts'
import { type TimeWindows, type UnlimitedWindows, windowSteps } from '../../model/time-windows.ts'
import { slidingWindowAggregateOperator } from '../../operators/windows/sliding-window-aggregate-operator.ts'
import { windowAggregateOperator } from '../../operators/windows/window-aggregate-operator.ts'
import type { WindowTableParameters } from '../../operators/windows/window-table.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { Serde } from '../../serdes/serde.ts'
import { windowedBy } from '../../serdes/windowed-by.ts'
import { type TimeOrdered, type WindowLayout, windowLayout } from '../../state/windows/window-layout.ts'
import type { TravellingSerde } from '../../topology/travelling-serde.ts'
import type { AggregateCall, WindowsPlan } from '../aggregation.ts'
import type { Materialization } from '../materialization.ts'
import type { Planner } from '../planner.ts'

/** Windows that a stream can be cut into, other than sessions. */
export type AnyWindows = TimeWindows | UnlimitedWindows | SlidingWindows

/** When an aggregation gives its results: with each update, or when their window closes. */
export type EmitStrategy = 'on-window-update' | 'on-window-close'

/** What the kinds of windows differ in. */
export interface WindowKind {
  readonly sizeMs: number
  readonly graceMs: number
  /** For how long a store must keep windows at least, and by default, from their starts. */
  readonly neededMs: number
  /** What that is, for messages. */
  readonly neededIs: string
  /** Java's supplier for results on window close. */
  readonly timeOrdered: TimeOrdered
  readonly operator: (parameters: WindowTableParameters) => ProcessorFactory
}

/** What aggregations need to know of `windows`. */
export function windowKind(windows: AnyWindows): WindowKind {
  if (windows.kind === 'sliding') {
    const { differenceMs, graceMs } = windows
    return {
      sizeMs: differenceMs,
      graceMs,
      // A right window of a record two differences back may still have to be made.
      neededMs: 2 * differenceMs + graceMs,
      neededIs: 'two time differences and the grace of the windows',
      timeOrdered: 'index',
      operator: (parameters) => slidingWindowAggregateOperator({ ...parameters, windows }),
    }
  }
  const steps = windowSteps(windows)
  return {
    sizeMs: steps.sizeMs,
    graceMs: steps.graceMs,
    neededMs: steps.sizeMs + steps.graceMs,
    neededIs: 'the size of the windows and their grace',
    timeOrdered: 'rows',
    operator: (parameters) => windowAggregateOperator({ ...parameters, windows: steps }),
  }
}

/** Windows of an aggregation whose options are read. */
export interface WindowsCall {
  readonly planner: Planner
  readonly windows: AnyWindows
  readonly emitStrategy: EmitStrategy
  readonly materialization: Materialization
  readonly options: AggregateCall['options']
}

/**
 * The store of the windows and the keys of their table. As in Java, a described store's own retention does not count for its changelog.
 * Throws `TopologyError` `STORE_OPTION` for a store that would forget windows which still take records, or has other windows.
 */
export function planWindows(call: WindowsCall): WindowsPlan {
  const { planner, windows, emitStrategy } = call
  const { sizeMs, graceMs, neededMs } = windowKind(windows)
  const { defaultKeySerde } = planner
  const given = call.options?.retention
  return {
    layout: layoutOf(call),
    retentionMs: given === undefined ? neededMs : durationMs(given, 'retention'),
    graceMs,
    emitStrategy,
    isSliding: windows.kind === 'sliding',
    isNeverCached: windows.kind === 'sliding' && emitStrategy === 'on-window-close',
    tableKey: (groupKey: TravellingSerde): TravellingSerde => {
      const serde = 'serde' in groupKey ? groupKey.serde : defaultKeySerde
      return serde === null ? groupKey : { serde: windowedBy(serde, sizeMs) as Serde<unknown> }
    },
  }
}

function layoutOf({ windows, emitStrategy, materialization, options }: WindowsCall): WindowLayout {
  const { name, options: storeOptions, window } = materialization
  const { sizeMs, neededMs, timeOrdered } = windowKind(windows)
  const given = options?.retention
  const isExact = storeOptions.supplier === 'in-memory'
  // A described store is used as it is.
  const retentionMs = window?.retentionMs ?? (given === undefined ? neededMs : durationMs(given, 'retention'))
  const label = name === null ? 'the store of windows' : `store "${name}"`
  const problem = problemOf({ windows, retentionMs, window, isRetentionGiven: given !== undefined })
  if (problem !== null) throw new TopologyError('STORE_OPTION', `Cannot keep windows in ${label}: ${problem}`, { store: name ?? undefined })
  const isTimeOrdered = emitStrategy === 'on-window-close' && window === null && !isExact
  // With headers Java gives every such store an index, which decides in which order ranges of keys come.
  const order = storeOptions.format === 'headers' ? 'index' : timeOrdered
  const described = window?.timeOrdered ?? 'no'
  return windowLayout({ sizeMs, retentionMs, isExact, retainsDuplicates: false, timeOrdered: isTimeOrdered ? order : described })
}

/** A store that windows are to be kept in. */
interface WindowStoreChoice {
  readonly windows: AnyWindows
  readonly retentionMs: number
  readonly isRetentionGiven: boolean
  readonly window: WindowLayout | null
}

function problemOf({ windows, retentionMs, isRetentionGiven, window }: WindowStoreChoice): string | null {
  if (window?.retainsDuplicates === true) return 'it retains duplicates, required is one row for each window'
  if (windows.kind === 'unlimited') return isRetentionGiven ? 'a retention is given, but unlimited windows are kept for ever' : null
  const { sizeMs, neededMs, neededIs } = windowKind(windows)
  if (window !== null && window.sizeMs !== sizeMs) {
    return `its windowSize is ${window.sizeMs} ms, required is the size of the windows, ${sizeMs} ms`
  }
  if (retentionMs >= neededMs) return null
  return `retention is ${retentionMs} ms, required are ${neededIs}, ${neededMs} ms, or more`
}
