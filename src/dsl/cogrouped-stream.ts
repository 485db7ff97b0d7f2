import { requireKnownOptions } from '../base/known-options.ts'
import { planCogroupAggregate, type PlannedCogroup, planWindowedCogroup } from '../planner/cogroup.ts'
import type { PlannedGroup } from '../planner/grouping.ts'
import type { SessionWindows } from '../model/session-windows.ts'
import { planSessionCogroup } from '../planner/sessions/session-cogroup.ts'
import type { AnyWindows } from '../planner/windows/window-plan.ts'
import { callSite } from '../topology/call-site.ts'
import type {
  CogroupedKStream,
  KTable,
  SessionKTable,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
  WindowedKTable,
} from './kstream.ts'
import type { Materialized, WindowMaterialized } from './options/materialized.ts'
import { requireFunction } from './require-function.ts'
import { requireWindows } from './require-windows.ts'
import { type StreamOf, tableOf } from './table.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves all types: the interface CogroupedKStream has them
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** Gives the plan of a grouped stream, `null` for what is none. */
type PlannedGroupOf = (given: unknown) => PlannedGroup | null

/** Several grouped streams under construction: forwards to the planner. */
export class CogroupedStream implements CogroupedKStream<Any, Any> {
  readonly #planned: PlannedCogroup
  readonly #groupOf: PlannedGroupOf
  readonly #streamOf: StreamOf

  constructor(planned: PlannedCogroup, groupOf: PlannedGroupOf, streamOf: StreamOf) {
    this.#planned = planned
    this.#groupOf = groupOf
    this.#streamOf = streamOf
  }

  cogroup(grouped: unknown, aggregator: AnyFunction): this {
    const group = this.#groupOf(grouped)
    if (group === null)
      throw new TypeError('Cannot cogroup: the argument is no grouped stream, required is what groupBy or groupByKey made')
    requireFunction(aggregator, 'cogroup()')
    this.#planned.aggregators.set(group, aggregator)
    return this
  }

  aggregate(initializer: AnyFunction, options: Materialized<Any, Any> = {}): KTable<Any, Any> {
    requireKnownOptions('aggregate()', options, optionNames.materialized)
    requireFunction(initializer, 'aggregate()')
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    return tableOf(planCogroupAggregate(this.#planned, initializer, call), this.#streamOf)
  }

  windowedBy(windows: AnyWindows | SessionWindows): Any {
    if ((windows as Partial<SessionWindows> | null | undefined)?.kind === 'session') {
      return new SessionWindowedCogroupedStream(this.#planned, windows as SessionWindows, this.#streamOf)
    }
    return new TimeWindowedCogroupedStream(this.#planned, requireWindows(windows as AnyWindows), this.#streamOf)
  }
}

/** Several grouped streams that are cut into windows: forwards to the planner. */
class TimeWindowedCogroupedStream implements TimeWindowedCogroupedKStream<Any, Any> {
  readonly #planned: PlannedCogroup
  readonly #windows: AnyWindows
  readonly #streamOf: StreamOf

  constructor(planned: PlannedCogroup, windows: AnyWindows, streamOf: StreamOf) {
    this.#planned = planned
    this.#windows = windows
    this.#streamOf = streamOf
  }

  aggregate(initializer: AnyFunction, options: WindowMaterialized<Any, Any> = {}): WindowedKTable<Any, Any> {
    requireKnownOptions('aggregate()', options, optionNames.windowMaterialized)
    requireFunction(initializer, 'aggregate()')
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    const table: unknown = tableOf(planWindowedCogroup(this.#planned, this.#windows, initializer, call), this.#streamOf)
    return table as WindowedKTable<Any, Any>
  }
}

/** Several grouped streams that are cut into sessions: forwards to the planner. */
class SessionWindowedCogroupedStream implements SessionWindowedCogroupedKStream<Any, Any> {
  readonly #planned: PlannedCogroup
  readonly #windows: SessionWindows
  readonly #streamOf: StreamOf

  constructor(planned: PlannedCogroup, windows: SessionWindows, streamOf: StreamOf) {
    this.#planned = planned
    this.#windows = windows
    this.#streamOf = streamOf
  }

  aggregate(initializer: AnyFunction, merger: AnyFunction, options: WindowMaterialized<Any, Any, 'session'> = {}): SessionKTable<Any, Any> {
    requireKnownOptions('aggregate()', options, optionNames.windowMaterialized)
    for (const given of [initializer, merger]) requireFunction(given, 'aggregate()')
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    const table: unknown = tableOf(planSessionCogroup(this.#planned, this.#windows, { initializer, merger }, call), this.#streamOf)
    return table as SessionKTable<Any, Any>
  }
}

/** The public cogrouped stream of a plan. */
export function cogroupedStreamOf(planned: PlannedCogroup, groupOf: PlannedGroupOf, streamOf: StreamOf): CogroupedKStream<Any, Any> {
  return new CogroupedStream(planned, groupOf, streamOf)
}
