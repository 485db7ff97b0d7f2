import { requireKnownOptions } from '../base/known-options.ts'
import { planSessionAggregate, planSessionCount, planSessionReduce, type PlannedSessions } from '../planner/sessions/session-aggregation.ts'
import { callSite } from '../topology/call-site.ts'
import type { SessionWindowedKStream } from './kstream.ts'
import type { WindowAggregateOptions, WindowMaterialized } from './options/materialized.ts'
import type { deleteType, keyType, kind } from './phantoms.ts'
import { requireFunction } from './require-function.ts'
import { type StreamOf, tableOf } from './table.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves all types: the interface SessionWindowedKStream has them
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** A stream of sessions under construction: forwards to the planner. */
export class SessionWindowedStream implements Omit<
  SessionWindowedKStream<Any, Any, Any>,
  typeof kind | typeof keyType | typeof deleteType
> {
  readonly #planned: PlannedSessions
  readonly #streamOf: StreamOf

  constructor(planned: PlannedSessions, streamOf: StreamOf) {
    this.#planned = planned
    this.#streamOf = streamOf
  }

  emitStrategy(strategy: 'on-window-update' | 'on-window-close'): Any {
    if (strategy !== 'on-window-update' && strategy !== 'on-window-close') {
      throw new TypeError(
        `Cannot emit sessions by strategy ${JSON.stringify(strategy)}: required is "on-window-update" or "on-window-close"`,
      )
    }
    return sessionWindowedStreamOf({ ...this.#planned, emitsOnClose: strategy === 'on-window-close' }, this.#streamOf)
  }

  count(options: WindowMaterialized<Any, number, 'session'> = {}): Any {
    requireKnownOptions('count()', options, optionNames.windowMaterialized)
    const table = planSessionCount(this.#planned, { name: options.name, options, site: callSite(this, 'count') })
    return tableOf(table, this.#streamOf)
  }

  reduce(reducer: AnyFunction, options: WindowMaterialized<Any, Any, 'session'> = {}): Any {
    requireKnownOptions('reduce()', options, optionNames.windowMaterialized)
    requireFunction(reducer, 'reduce()')
    const table = planSessionReduce(this.#planned, reducer, { name: options.name, options, site: callSite(this, 'reduce') })
    return tableOf(table, this.#streamOf)
  }

  aggregate(
    ...[initializer, aggregator, merger, options]: [AnyFunction, AnyFunction, AnyFunction, WindowAggregateOptions<Any, Any, 'session'>]
  ): Any {
    for (const given of [initializer, aggregator, merger]) requireFunction(given, 'aggregate()')
    requireKnownOptions('aggregate()', options, optionNames.windowMaterialized)
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    return tableOf(planSessionAggregate(this.#planned, { initializer, aggregator, merger }, call), this.#streamOf)
  }
}

/** The public stream of sessions of a plan. Its phantom properties exist in the type only. */
export function sessionWindowedStreamOf(planned: PlannedSessions, streamOf: StreamOf): SessionWindowedKStream<Any, Any, Any> {
  return new SessionWindowedStream(planned, streamOf) as unknown as SessionWindowedKStream<Any, Any, Any>
}
