import {
  type AggregateCall,
  type AggregateFunctions,
  aggregatePlan,
  countPlan,
  type FoldPlan,
  planAggregation,
  reducePlan,
} from '../aggregation.ts'
import type { PlannedGroup } from '../grouping.ts'
import type { PlannedTable } from '../planned-table.ts'
import { counting, reducing } from './window-functions.ts'
import { type AnyWindows, type EmitStrategy, planWindows, windowKind } from './window-plan.ts'

/** A grouped stream that is cut into windows. */
export interface PlannedWindows {
  readonly group: PlannedGroup
  readonly windows: AnyWindows
  readonly emitStrategy: EmitStrategy
}

/** `count` of windows. An unnamed `Materialized` burns a number, but not for sliding windows (P§2.7). */
export function planWindowedCount(planned: PlannedWindows, call: AggregateCall): PlannedTable {
  const { group, windows } = planned
  return aggregate(planned, call, { ...countPlan(group.stream, call, windows.kind !== 'sliding'), functions: counting })
}

/** `reduce` of windows. */
export function planWindowedReduce(
  planned: PlannedWindows,
  reducer: (aggregate: unknown, value: unknown) => unknown,
  call: AggregateCall,
): PlannedTable {
  return aggregate(planned, call, { ...reducePlan(planned.group.stream, call), functions: reducing(reducer) })
}

/** `aggregate` of windows. */
export function planWindowedAggregate(planned: PlannedWindows, functions: AggregateFunctions, call: AggregateCall): PlannedTable {
  return aggregate(planned, call, { ...aggregatePlan(planned.group.stream, call), functions })
}

/** What the three aggregations differ in. */
type WindowedPlan = FoldPlan & { readonly functions: AggregateFunctions }

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
