import { requireKnownOptions } from '../base/known-options.ts'
import { planAggregate, planCount, planReduce } from '../planner/aggregation.ts'
import type { PlannedGroup } from '../planner/grouping.ts'
import { planCogroup } from '../planner/cogroup.ts'
import type { SessionWindows } from '../model/session-windows.ts'
import type { AnyWindows } from '../planner/windows/window-plan.ts'
import type { Serde } from '../serdes/serde.ts'
import { callSite } from '../topology/call-site.ts'
import { cogroupedStreamOf } from './cogrouped-stream.ts'
import type { CogroupedKStream, KGroupedStream, KTable } from './kstream.ts'
import type { AggregateOptions, Materialized } from './options/materialized.ts'
import type { keyType, kind } from './phantoms.ts'
import { requireFunction } from './require-function.ts'
import { type StreamOf, tableOf } from './table.ts'
import { requireWindows } from './require-windows.ts'
import { sessionWindowedStreamOf } from './session-windowed-stream.ts'
import { timeWindowedStreamOf } from './windowed-stream.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves all types: the interface KGroupedStream has them
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** A grouped stream under construction: forwards to the planner. */
export class GroupedStream implements Omit<KGroupedStream<Any, Any>, typeof kind | typeof keyType> {
  readonly #planned: PlannedGroup
  readonly #streamOf: StreamOf

  constructor(planned: PlannedGroup, streamOf: StreamOf) {
    this.#planned = planned
    this.#streamOf = streamOf
  }

  count(options: Materialized<Any, number> = {}): Any {
    requireKnownOptions('count()', options, optionNames.materialized)
    const table = planCount(this.#planned, { name: options.name, options, site: callSite(this, 'count') })
    return tableOf(table, this.#streamOf)
  }

  reduce(reducer: AnyFunction, options: Materialized<Any, Any> = {}): Any {
    requireKnownOptions('reduce()', options, optionNames.materialized)
    requireFunction(reducer, 'reduce()')
    const table = planReduce(this.#planned, reducer, { name: options.name, options, site: callSite(this, 'reduce') })
    return tableOf(table, this.#streamOf)
  }

  aggregate(initializer: AnyFunction, aggregator: AnyFunction, options: AggregateOptions<Any, Any>): KTable<Any, Any, Any> {
    requireKnownOptions('aggregate()', options, optionNames.materialized)
    requireFunction(initializer, 'aggregate()')
    requireFunction(aggregator, 'aggregate()')
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    return tableOf(planAggregate(this.#planned, { initializer, aggregator }, call), this.#streamOf)
  }

  windowedBy(windows: AnyWindows | SessionWindows): Any {
    if ((windows as Partial<SessionWindows> | null | undefined)?.kind === 'session') {
      return sessionWindowedStreamOf({ group: this.#planned, windows: windows as SessionWindows, emitsOnClose: false }, this.#streamOf)
    }
    const planned = { group: this.#planned, windows: requireWindows(windows as AnyWindows), emitStrategy: 'on-window-update' } as const
    return timeWindowedStreamOf(planned, this.#streamOf)
  }

  cogroup(aggregator: AnyFunction, options: { readonly value?: Serde<Any> | undefined } = {}): CogroupedKStream<Any, Any> {
    requireFunction(aggregator, 'cogroup()')
    requireKnownOptions('cogroup()', options, optionNames.cogrouped)
    return cogroupedStreamOf(planCogroup(this.#planned, aggregator, options.value), plannedGroupOf, this.#streamOf)
  }

  /** The plan of a grouped stream, `null` for what is none. */
  static plannedOf(given: unknown): PlannedGroup | null {
    return given instanceof GroupedStream ? given.#planned : null
  }
}

function plannedGroupOf(given: unknown): PlannedGroup | null {
  return GroupedStream.plannedOf(given)
}

/** The public grouped stream of a plan. Its phantom properties exist in the type only. */
export function groupedStreamOf(planned: PlannedGroup, streamOf: StreamOf): KGroupedStream<Any, Any> {
  return new GroupedStream(planned, streamOf) as unknown as KGroupedStream<Any, Any>
}
