import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { type AggregateCall, type AggregateFunctions, type AggregationPlan, planAggregation } from '../aggregation.ts'
import type { PlannedGroup } from '../grouping.ts'
import { readMaterialized } from '../materialization.ts'
import type { PlannedTable } from '../planned-table.ts'
import { type AnyWindows, type EmitStrategy, planWindows, windowKind } from './window-plan.ts'

/** A grouped stream that is cut into windows. */
export interface PlannedWindows {
  readonly group: PlannedGroup
  readonly windows: AnyWindows
  readonly emitStrategy: EmitStrategy
}

const int64 = serdes.int64 as Serde<unknown>

/** `count` of windows. An unnamed `Materialized` burns one number more than none, but not for sliding windows (P§2.7). */
export function planWindowedCount(planned: PlannedWindows, call: AggregateCall): PlannedTable {
  const { planner } = planned.group.stream
  const nodePrefix = 'KSTREAM-AGGREGATE-'
  const materialization = readMaterialized(planner, call.options)
  const burns = materialization.isPresent && materialization.name === null && planned.windows.kind !== 'sliding'
  if (burns) planner.names.generateStore(nodePrefix)
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

function aggregate({ group, windows, emitStrategy }: PlannedWindows, call: AggregateCall, plan: WindowedPlan): PlannedTable {
  const { functions, ...rest } = plan
  const { planner } = group.stream
  const { options } = call
  const { operator } = windowKind(windows)
  const emitsOnClose = emitStrategy === 'on-window-close'
  return planAggregation(group, call, {
    ...rest,
    windows: planWindows({ planner, windows, emitStrategy, materialization: plan.materialization, options }),
    factory: (store, sendOldValues) => operator({ ...functions, store, sendOldValues, emitsOnClose }),
  })
}
