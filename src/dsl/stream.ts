import { requireKnownOptions } from '../base/known-options.ts'
import { TopologyError } from '../base/errors.ts'
import type { StoreMap } from '../processor/processor.ts'
import { planGroupBy, planGroupByKey } from '../planner/grouping.ts'
import { serdeOf } from '../planner/materialization.ts'
import type { PlannedStream } from '../planner/planned-stream.ts'
import { planProcess, planProcessValues } from '../planner/process.ts'
import { planRepartition } from '../planner/repartition.ts'
import { planTo } from '../planner/sinks.ts'
import {
  planFilter,
  planFlatMap,
  planFlatMapValues,
  planForeach,
  planMap,
  planMapValues,
  planMerge,
  planPeek,
  planPrint,
  planSelectKey,
  planSplit,
} from '../planner/stream-operations.ts'
import { planToTable } from '../planner/to-table.ts'
import { callSite } from '../topology/call-site.ts'
import type { Named } from '../topology/options/named.ts'
import type { ProcessOptions } from '../topology/options/process-options.ts'
import type { Produced, Sink } from '../topology/options/produced.ts'
import type { Grouped, KeyValueOption, Repartitioned } from './options/grouped.ts'
import { groupedStreamOf } from './grouped-stream.ts'
import type { KGroupedStream, KStream, KTable, Predicates, Printed } from './kstream.ts'
import type { Materialized } from './options/materialized.ts'
import type { keyType, kind } from './phantoms.ts'
import { negated } from './negated.ts'
import { requireFunction } from './require-function.ts'
import { type JoinOfStreams, planJoinOfStreams } from './joins-of-streams.ts'
import { planJoinWithTable } from './joins-with-tables.ts'
import { tableKeeper, tableOf } from './table.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves streams of all types: the interface KStream has the types
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** A stream under construction: forwards to the planner. */
export class Stream implements Omit<KStream<Any, Any>, typeof kind | typeof keyType> {
  readonly #planned: PlannedStream

  constructor(planned: PlannedStream) {
    this.#planned = planned
  }

  filter(predicate: AnyFunction, options: Named = {}): KStream<Any, Any> {
    requireKnownOptions('filter()', options, optionNames.named)
    requireFunction(predicate, 'filter()')
    return streamOf(planFilter(this.#planned, predicate, { name: options.name, site: callSite(this, 'filter') }))
  }

  filterNot(predicate: AnyFunction, options: Named = {}): Any {
    requireKnownOptions('filterNot()', options, optionNames.named)
    requireFunction(predicate, 'filterNot()')
    return streamOf(planFilter(this.#planned, negated(predicate), { name: options.name, site: callSite(this, 'filterNot') }))
  }

  map(mapper: AnyFunction, options: KeyValueOption<Any, Any> = {}): KStream<Any, Any> {
    requireKnownOptions('map()', options, optionNames.grouped)
    requireFunction(mapper, 'map()')
    return streamOf(planMap(this.#planned, mapper, { ...options, site: callSite(this, 'map') }))
  }

  mapValues(mapper: AnyFunction, options: KeyValueOption<Any, Any> = {}): KStream<Any, Any> {
    requireKnownOptions('mapValues()', options, optionNames.grouped)
    requireFunction(mapper, 'mapValues()')
    return streamOf(planMapValues(this.#planned, mapper, { ...options, site: callSite(this, 'mapValues') }))
  }

  flatMap(mapper: AnyFunction, options: KeyValueOption<Any, Any> = {}): KStream<Any, Any> {
    requireKnownOptions('flatMap()', options, optionNames.grouped)
    requireFunction(mapper, 'flatMap()')
    return streamOf(planFlatMap(this.#planned, mapper, { ...options, site: callSite(this, 'flatMap') }))
  }

  flatMapValues(mapper: AnyFunction, options: KeyValueOption<Any, Any> = {}): KStream<Any, Any> {
    requireKnownOptions('flatMapValues()', options, optionNames.grouped)
    requireFunction(mapper, 'flatMapValues()')
    return streamOf(planFlatMapValues(this.#planned, mapper, { ...options, site: callSite(this, 'flatMapValues') }))
  }

  selectKey(mapper: AnyFunction, options: KeyValueOption<Any, Any> = {}): KStream<Any, Any> {
    requireKnownOptions('selectKey()', options, optionNames.grouped)
    requireFunction(mapper, 'selectKey()')
    return streamOf(planSelectKey(this.#planned, mapper, { ...options, site: callSite(this, 'selectKey') }))
  }

  peek(action: AnyFunction, options: Named = {}): KStream<Any, Any> {
    requireKnownOptions('peek()', options, optionNames.named)
    requireFunction(action, 'peek()')
    return streamOf(planPeek(this.#planned, action, { name: options.name, site: callSite(this, 'peek') }))
  }

  foreach(action: AnyFunction, options: Named = {}): void {
    requireKnownOptions('foreach()', options, optionNames.named)
    requireFunction(action, 'foreach()')
    planForeach(this.#planned, action, { name: options.name, site: callSite(this, 'foreach') })
  }

  print(options: Printed<Any, Any> = {}): void {
    requireKnownOptions('print()', options, optionNames.printed)
    planPrint(this.#planned, { ...options, site: callSite(this, 'print') })
  }

  split(branches: Predicates<Any, Any>, options: Named & { readonly default?: string | undefined } = {}): Any {
    requireKnownOptions('split()', options, optionNames.split)
    const named = Object.entries(branches).map(([name, predicate]) => ({ name, predicate }))
    const names = named.map(({ name }) => name)
    if (options.default !== undefined) names.push(options.default)
    checkBranchNames(names)
    for (const { name, predicate } of named) requireFunction(predicate, `split() with branch "${name}"`)
    const streams = planSplit(this.#planned, { ...options, branches: named, site: callSite(this, 'split') })
    return Object.fromEntries(streams.map((planned, index) => [names[index], streamOf(planned)]))
  }

  merge(other: KStream<Any, Any>, options: Named = {}): KStream<Any, Any> {
    requireKnownOptions('merge()', options, optionNames.named)
    const given: unknown = other
    if (!(given instanceof Stream)) throw new TypeError('Cannot merge: the argument is no stream of a StreamsBuilder')
    if (given.#planned.planner !== this.#planned.planner) throw new TypeError('Cannot merge: the streams are of different StreamsBuilders')
    return streamOf(planMerge(this.#planned, given.#planned, { name: options.name, site: callSite(this, 'merge') }))
  }

  repartition(options: Repartitioned<Any, Any> = {}): KStream<Any, Any> {
    requireKnownOptions('repartition()', options, optionNames.repartitioned)
    const { key, value, ...rest } = options
    const call = { ...rest, key: serdeOf(key), value: serdeOf(value), site: callSite(this, 'repartition') }
    return streamOf(planRepartition(this.#planned, call))
  }

  to(topic: Sink<Any, Any>, options?: Produced<Any, Any>): void {
    requireKnownOptions('to()', options, optionNames.produced)
    planTo(this.#planned, { topic, options, site: callSite(this, 'to') })
  }

  toTable(options: Materialized<Any, Any> = {}): KTable<Any, Any, Any> {
    requireKnownOptions('toTable()', options, optionNames.materialized)
    return tableOf(planToTable(this.#planned, { name: options.name, options, site: callSite(this, 'toTable') }), streamOf)
  }

  groupByKey(options: Grouped<Any, Any> = {}): KGroupedStream<Any, Any> {
    requireKnownOptions('groupByKey()', options, optionNames.grouped)
    const { name, key, value } = options
    const call = { name, key: serdeOf(key), value: serdeOf(value), site: callSite(this, 'groupByKey') }
    return groupedStreamOf(planGroupByKey(this.#planned, call), streamOf)
  }

  groupBy(selector: AnyFunction, options: Grouped<Any, Any> = {}): KGroupedStream<Any, Any> {
    requireKnownOptions('groupBy()', options, optionNames.grouped)
    requireFunction(selector, 'groupBy()')
    const { name, key, value } = options
    const call = { name, key: serdeOf(key), value: serdeOf(value), site: callSite(this, 'groupBy') }
    return groupedStreamOf(planGroupBy(this.#planned, selector, call), streamOf)
  }

  join(other: unknown, ...given: Any[]): KStream<Any, Any> {
    const site = callSite(this, 'join')
    if (other instanceof Stream) return this.#joinStream('join', other, { given, site })
    return streamOf(planJoinWithTable(this.#planned, { method: 'join', other, given, site }))
  }

  leftJoin(other: unknown, ...given: Any[]): KStream<Any, Any> {
    const site = callSite(this, 'leftJoin')
    if (other instanceof Stream) return this.#joinStream('leftJoin', other, { given, site })
    return streamOf(planJoinWithTable(this.#planned, { method: 'leftJoin', other, given, site }))
  }

  outerJoin(other: unknown, ...given: Any[]): KStream<Any, Any> {
    if (!(other instanceof Stream)) throw new TypeError('Cannot outerJoin: the first argument is no stream of a StreamsBuilder')
    return this.#joinStream('outerJoin', other, { given, site: callSite(this, 'outerJoin') })
  }

  #joinStream(method: JoinOfStreams['method'], other: Stream, rest: Pick<JoinOfStreams, 'given' | 'site'>): KStream<Any, Any> {
    return streamOf(planJoinOfStreams(this.#planned, { method, other: other.#planned, ...rest }))
  }

  process(supplier: AnyFunction, options: ProcessOptions<Any, Any, StoreMap> = {}): KStream<Any, Any> {
    requireKnownOptions('process()', options, optionNames.processed)
    requireFunction(supplier, 'process()')
    const { name, stores, key, value } = options
    const call = { name, stores, key, value, keeperOf: tableKeeper, site: callSite(this, 'process') }
    return streamOf(planProcess(this.#planned, supplier, call))
  }

  processValues(supplier: AnyFunction, options: ProcessOptions<Any, Any, StoreMap> = {}): KStream<Any, Any> {
    requireKnownOptions('processValues()', options, optionNames.processed)
    requireFunction(supplier, 'processValues()')
    const { name, stores, value } = options
    const call = { name, stores, value, keeperOf: tableKeeper, site: callSite(this, 'processValues') }
    return streamOf(planProcessValues(this.#planned, supplier, call))
  }
}

/** The public stream of a plan. Its phantom properties exist in the type only. */
export function streamOf(planned: PlannedStream): KStream<Any, Any> {
  return new Stream(planned) as unknown as KStream<Any, Any>
}

/** JavaScript puts properties named like whole numbers first: the branches would be tried in another order than written. */
function checkBranchNames(names: readonly string[]): void {
  const numeric = names.find((name) => /^(0|[1-9]\d*)$/.test(name))
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (numeric === undefined && twice === undefined) return
  const problem =
    numeric === undefined ? `branch "${twice}" is there twice` : `branch "${numeric}" is named like a number, which JavaScript reorders`
  throw new TopologyError('BRANCH_NAME', `Cannot split: ${problem}`)
}
