import type { SessionWindows } from '../../model/session-windows.ts'
import { sessionAggregateOperator, type SessionFunctions } from '../../operators/sessions/session-aggregate-operator.ts'
import type { AggregateCall } from '../aggregation.ts'
import { type PlannedCogroup, plannerOf, planCogroupTable } from '../cogroup.ts'
import { readMaterialized } from '../materialization.ts'
import type { PlannedTable } from '../planned-table.ts'
import { sessionsPlan } from './session-aggregation.ts'

/** `aggregate` of sessions of several streams. Results come with each update: there is no other strategy, as in Java. */
export function planSessionCogroup(
  cogroup: PlannedCogroup,
  windows: SessionWindows,
  { initializer, merger }: Pick<SessionFunctions, 'initializer' | 'merger'>,
  call: AggregateCall,
): PlannedTable {
  const planner = plannerOf(cogroup)
  const materialization = readMaterialized(planner, call.options)
  return planCogroupTable(cogroup, call, {
    initializer,
    materialization,
    operator: (parameters) => sessionAggregateOperator({ ...parameters, merger, windows, emitsOnClose: false, sharesStore: true }),
    windows: sessionsPlan(planner, { windows, emitsOnClose: false }, materialization, call),
  })
}
