import { durationMs } from '../../base/durations.ts'
import { TopologyError } from '../../base/errors.ts'
import type { SessionWindows } from '../../model/session-windows.ts'
import { sessionAggregateOperator, type SessionFunctions } from '../../operators/sessions/session-aggregate-operator.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { type SessionLayout, sessionLayout } from '../../state/sessions/session-layout.ts'
import type { TravellingSerde } from '../../topology/travelling-serde.ts'
import {
  type AggregateCall,
  aggregatePlan,
  countPlan,
  type FoldPlan,
  planAggregation,
  reducePlan,
  type WindowsPlan,
} from '../aggregation.ts'
import type { PlannedGroup } from '../grouping.ts'
import type { Materialization } from '../materialization.ts'
import type { PlannedTable } from '../planned-table.ts'
import type { Planner } from '../planner.ts'
import { counting, reducing } from '../windows/window-functions.ts'

/** Sessions, and when their results are given. */
export interface SessionChoice {
  readonly windows: SessionWindows
  /** Whether results are given when sessions close, not with each update. */
  readonly emitsOnClose: boolean
}

/** A grouped stream that is cut into sessions. */
export interface PlannedSessions extends SessionChoice {
  readonly group: PlannedGroup
}

/** `count` of sessions. */
export function planSessionCount(planned: PlannedSessions, call: AggregateCall): PlannedTable {
  return aggregate(planned, call, { ...countPlan(planned.group.stream, call, true), functions: counting })
}

/** `reduce` of sessions: the reducer merges, too. */
export function planSessionReduce(
  planned: PlannedSessions,
  reducer: (aggregate: unknown, value: unknown) => unknown,
  call: AggregateCall,
): PlannedTable {
  return aggregate(planned, call, { ...reducePlan(planned.group.stream, call), functions: reducing(reducer) })
}

/** `aggregate` of sessions. */
export function planSessionAggregate(planned: PlannedSessions, functions: SessionFunctions, call: AggregateCall): PlannedTable {
  return aggregate(planned, call, { ...aggregatePlan(planned.group.stream, call), functions })
}

/** What a table of sessions has beside others: its store and the serde of its keys. Throws `STORE_OPTION`. */
export function sessionsPlan(planner: Planner, choice: SessionChoice, materialization: Materialization, call: AggregateCall): WindowsPlan {
  const { gapMs, graceMs } = choice.windows
  const given = call.options?.retention
  return {
    session: layoutOf(choice, materialization, call),
    // As in Java, a described store's own retention does not count for its changelog.
    retentionMs: given === undefined ? gapMs + graceMs : durationMs(given, 'retention'),
    tableKey: (groupKey) => sessionKey(groupKey, planner.defaultKeySerde),
    graceMs: gapMs + graceMs,
    emitStrategy: choice.emitsOnClose ? 'on-window-close' : 'on-window-update',
    isNeverCached: choice.emitsOnClose,
  }
}

/** What the three aggregations differ in. */
type SessionPlan = FoldPlan & { readonly functions: SessionFunctions }

function aggregate(planned: PlannedSessions, call: AggregateCall, plan: SessionPlan): PlannedTable {
  const { functions, ...rest } = plan
  const { group, windows, emitsOnClose } = planned
  return planAggregation(group, call, {
    ...rest,
    windows: sessionsPlan(group.stream.planner, planned, plan.materialization, call),
    factory: (store, sendOldValues) => sessionAggregateOperator({ ...functions, windows, emitsOnClose, store, sendOldValues }),
  })
}

function sessionKey(groupKey: TravellingSerde, defaultKeySerde: Serde<unknown> | null): TravellingSerde {
  const serde = 'serde' in groupKey ? groupKey.serde : defaultKeySerde
  return serde === null ? groupKey : { serde: serdes.sessionWindowed(serde) as Serde<unknown> }
}

/** Throws `TopologyError` `STORE_OPTION` for a store that would forget sessions which still take records. */
function layoutOf(choice: SessionChoice, { name, options, sessionRetentionMs }: Materialization, call: AggregateCall): SessionLayout {
  const { gapMs, graceMs } = choice.windows
  const needed = gapMs + graceMs
  const given = call.options?.retention
  const askedMs = given === undefined ? needed : durationMs(given, 'retention')
  // As in Java, a described store keeps for as long as its description says.
  const retentionMs = sessionRetentionMs ?? askedMs
  if (Math.min(retentionMs, askedMs) < needed) {
    const label = name === null ? 'the store of sessions' : `store "${name}"`
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot keep sessions in ${label}: retention is ${Math.min(retentionMs, askedMs)} ms, required are their inactivity gap and their grace, ${needed} ms, or more`,
      { store: name ?? undefined },
    )
  }
  return sessionLayout({ retentionMs, isExact: options.supplier === 'in-memory', hasEndIndex: choice.emitsOnClose })
}
