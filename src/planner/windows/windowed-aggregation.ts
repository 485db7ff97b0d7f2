import { durationMs } from '../../base/durations.ts'
import { TopologyError } from '../../base/errors.ts'
import { type TimeWindows, type UnlimitedWindows, type WindowSteps, windowSteps } from '../../model/time-windows.ts'
import { windowAggregateOperator } from '../../operators/windows/window-aggregate-operator.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { windowedBy } from '../../serdes/windowed-by.ts'
import { type WindowLayout, windowLayout } from '../../state/windows/window-layout.ts'
import type { TravellingSerde } from '../../topology/travelling-serde.ts'
import { type AggregateCall, type AggregateFunctions, type AggregationPlan, planAggregation } from '../aggregation.ts'
import type { PlannedGroup } from '../grouping.ts'
import { type Materialization, readMaterialized } from '../materialization.ts'
import type { PlannedTable } from '../planned-table.ts'

/** A grouped stream that is cut into windows. */
export interface PlannedWindows {
  readonly group: PlannedGroup
  readonly windows: TimeWindows | UnlimitedWindows
}

const int64 = serdes.int64 as Serde<unknown>

/** `count` of windows. An unnamed `Materialized` burns one number more than none (P§2.7). */
export function planWindowedCount(planned: PlannedWindows, call: AggregateCall): PlannedTable {
  const { planner } = planned.group.stream
  const nodePrefix = 'KSTREAM-AGGREGATE-'
  const materialization = readMaterialized(planner, call.options)
  if (materialization.isPresent && materialization.name === null) planner.names.generateStore(nodePrefix)
  const functions = { initializer: () => 0, aggregator: (_key: unknown, _value: unknown, n: unknown) => (n as number) + 1 }
  return aggregate(planned, call, { nodePrefix, materialization, value: { serde: int64 }, functions })
}

/** `reduce` of windows. */
export function planWindowedReduce(
  planned: PlannedWindows,
  reducer: (aggregate: unknown, value: unknown) => unknown,
  call: AggregateCall,
): PlannedTable {
  const { planner, value } = planned.group.stream
  const functions = {
    initializer: () => null,
    aggregator: (_key: unknown, given: unknown, reduced: unknown) => (reduced === null ? given : reducer(reduced, given)),
  }
  return aggregate(planned, call, {
    nodePrefix: 'KSTREAM-REDUCE-',
    materialization: readMaterialized(planner, call.options),
    value,
    functions,
  })
}

/** `aggregate` of windows. */
export function planWindowedAggregate(planned: PlannedWindows, functions: AggregateFunctions, call: AggregateCall): PlannedTable {
  return aggregate(planned, call, {
    nodePrefix: 'KSTREAM-AGGREGATE-',
    materialization: readMaterialized(planned.group.stream.planner, call.options),
    value: { lostBy: 'aggregate' },
    functions,
  })
}

/** What the three aggregations differ in. */
type WindowedPlan = Omit<AggregationPlan, 'factory' | 'windows'> & { readonly functions: AggregateFunctions }

function aggregate({ group, windows }: PlannedWindows, call: AggregateCall, plan: WindowedPlan): PlannedTable {
  const { functions, ...rest } = plan
  const steps = windowSteps(windows)
  const { defaultKeySerde } = group.stream.planner
  const tableKey = (groupKey: TravellingSerde): TravellingSerde => {
    const serde = 'serde' in groupKey ? groupKey.serde : defaultKeySerde
    return serde === null ? groupKey : { serde: windowedBy(serde, steps.sizeMs) as Serde<unknown> }
  }
  return planAggregation(group, call, {
    ...rest,
    // As in Java, a described store's own retention does not count for its changelog.
    windows: { layout: layoutOf(windows, plan.materialization, call), retentionMs: retentionOf(steps, call), tableKey },
    factory: (store, sendOldValues) => windowAggregateOperator({ ...functions, windows: steps, store, sendOldValues }),
  })
}

/** Throws `TopologyError` `STORE_OPTION` for a store that would forget windows which still take records, or has other windows. */
function layoutOf(windows: PlannedWindows['windows'], { name, options, window }: Materialization, call: AggregateCall): WindowLayout {
  const { sizeMs, graceMs } = windowSteps(windows)
  const needed = sizeMs + graceMs
  const given = call.options?.retention
  const isExact = options.supplier === 'in-memory'
  const retentionMs = given === undefined ? (window?.retentionMs ?? needed) : durationMs(given, 'retention')
  const label = name === null ? 'the store of windows' : `store "${name}"`
  const problem = problemOf({ windows, needed, retentionMs, window, isRetentionGiven: given !== undefined })
  if (problem !== null) throw new TopologyError('STORE_OPTION', `Cannot keep windows in ${label}: ${problem}`, { store: name ?? undefined })
  return windowLayout({ sizeMs, retentionMs, isExact, retainsDuplicates: false })
}

/** What the options give, else what the windows need. */
function retentionOf({ sizeMs, graceMs }: WindowSteps, { options }: AggregateCall): number {
  return options?.retention === undefined ? sizeMs + graceMs : durationMs(options.retention, 'retention')
}

/** A store that windows are to be kept in. */
interface WindowStoreChoice {
  readonly windows: PlannedWindows['windows']
  /** The retention that they need. */
  readonly needed: number
  readonly retentionMs: number
  readonly isRetentionGiven: boolean
  readonly window: WindowLayout | null
}

function problemOf({ windows, needed, retentionMs, isRetentionGiven, window }: WindowStoreChoice): string | null {
  if (window?.retainsDuplicates === true) return 'it retains duplicates, required is one row for each window'
  if (windows.kind === 'unlimited') return isRetentionGiven ? 'a retention is given, but unlimited windows are kept for ever' : null
  if (window !== null && window.sizeMs !== windows.sizeMs) {
    return `its windowSize is ${window.sizeMs} ms, required is the size of the windows, ${windows.sizeMs} ms`
  }
  if (retentionMs >= needed) return null
  return `retention is ${retentionMs} ms, required are the size of the windows and their grace, ${needed} ms, or more`
}
