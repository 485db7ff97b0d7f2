import { branchOperator } from '../operators/branch-operator.ts'
import { filterOperator } from '../operators/filter-operator.ts'
import { flatMapOperator } from '../operators/flat-map-operator.ts'
import { flatMapValuesOperator } from '../operators/flat-map-values-operator.ts'
import { foreachOperator } from '../operators/foreach-operator.ts'
import { mapOperator } from '../operators/map-operator.ts'
import { mapValuesOperator } from '../operators/map-values-operator.ts'
import { passThroughOperator } from '../operators/pass-through-operator.ts'
import { peekOperator } from '../operators/peek-operator.ts'
import { printOperator } from '../operators/print-operator.ts'
import { selectKeyOperator } from '../operators/select-key-operator.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import type { Serde } from '../serdes/serde.ts'
import { checkName } from '../topology/check-name.ts'
import { processorNode, type RecordEffect } from './nodes/processor-node.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'
import { mergeSerdes, serdeOrLost } from '../topology/travelling-serde.ts'

type Predicate = (key: unknown, value: unknown) => boolean
type Mapper<R> = (key: unknown, value: unknown) => R
type ValueMapper<R> = (value: unknown, key: unknown) => R
type SerdeCall = DslCall & { readonly key?: Serde<unknown> | undefined; readonly value?: Serde<unknown> | undefined }

/** Adds a processor below `stream` and gives the stream of its output, with the serdes of the input. */
function addProcessor(
  stream: PlannedStream,
  name: string,
  call: DslCall,
  parts: { effect?: RecordEffect; factory: ProcessorFactory },
): PlannedStream {
  const { factory, effect = 'keeps' } = parts
  const node = processorNode({ name, site: call.site, effect, factory: () => factory })
  stream.planner.graph.add([stream.node], node)
  return { ...stream, node, repartitionRequired: stream.repartitionRequired || effect === 'changes-key' }
}

/** `filter` and, with the negated predicate, `filterNot`. */
export function planFilter(stream: PlannedStream, predicate: Predicate, call: DslCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-FILTER-')
  return addProcessor(stream, name, call, { factory: filterOperator(predicate) })
}

/** `map`. */
export function planMap(stream: PlannedStream, mapper: Mapper<readonly [unknown, unknown]>, call: SerdeCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-MAP-')
  const mapped = addProcessor(stream, name, call, { effect: 'changes-key', factory: mapOperator(mapper) })
  return { ...mapped, key: serdeOrLost(call.key, name), value: serdeOrLost(call.value, name) }
}

/** `mapValues`. */
export function planMapValues(stream: PlannedStream, mapper: ValueMapper<unknown>, call: SerdeCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-MAPVALUES-')
  const mapped = addProcessor(stream, name, call, { effect: 'changes-value', factory: mapValuesOperator(mapper) })
  return { ...mapped, value: serdeOrLost(call.value, name) }
}

/** `flatMap`. */
export function planFlatMap(stream: PlannedStream, mapper: Mapper<Iterable<readonly [unknown, unknown]>>, call: SerdeCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-FLATMAP-')
  const mapped = addProcessor(stream, name, call, { effect: 'changes-key', factory: flatMapOperator(mapper) })
  return { ...mapped, key: serdeOrLost(call.key, name), value: serdeOrLost(call.value, name) }
}

/** `flatMapValues`. */
export function planFlatMapValues(stream: PlannedStream, mapper: ValueMapper<Iterable<unknown>>, call: SerdeCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-FLATMAPVALUES-')
  const mapped = addProcessor(stream, name, call, { effect: 'changes-value', factory: flatMapValuesOperator(mapper) })
  return { ...mapped, value: serdeOrLost(call.value, name) }
}

/** `selectKey`, and the first half of `groupBy`. */
export function planSelectKey(stream: PlannedStream, mapper: Mapper<unknown>, call: SerdeCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-KEY-SELECT-')
  const selected = addProcessor(stream, name, call, { effect: 'changes-key', factory: selectKeyOperator(mapper) })
  return { ...selected, key: serdeOrLost(call.key, name) }
}

/** `peek`. */
export function planPeek(stream: PlannedStream, action: Mapper<unknown>, call: DslCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-PEEK-')
  return addProcessor(stream, name, call, { factory: peekOperator(action) })
}

/** `foreach`. */
export function planForeach(stream: PlannedStream, action: Mapper<unknown>, call: DslCall): void {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-FOREACH-')
  addProcessor(stream, name, call, { factory: foreachOperator(action) })
}

/** What `print` prints. */
export interface PrintCall extends DslCall {
  /** Default: the name of the node whose output is printed. */
  readonly label?: string | undefined
  /** Default: key and value with a comma between them. */
  readonly mapper?: ((key: unknown, value: unknown) => string) | undefined
  readonly file?: string | undefined
}

/** `print`. */
export function planPrint(stream: PlannedStream, call: PrintCall): void {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-PRINTER-')
  const { label = stream.node.name, mapper = (key, value) => `${textOf(key)}, ${textOf(value)}`, file = null } = call
  addProcessor(stream, name, call, { factory: printOperator({ label, mapper, file }) })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'undefined')
}

/** `merge`. Serdes stay known where both streams have the same. */
export function planMerge(stream: PlannedStream, other: PlannedStream, call: DslCall): PlannedStream {
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-MERGE-')
  const node = processorNode({ name, site: call.site, effect: 'merges', factory: passThroughOperator })
  stream.planner.graph.add([...new Set([stream.node, other.node])], node)
  return {
    planner: stream.planner,
    node,
    key: mergeSerdes(stream.key, other.key, name),
    value: mergeSerdes(stream.value, other.value, name),
    sources: new Set([...stream.sources, ...other.sources]),
    repartitionRequired: stream.repartitionRequired || other.repartitionRequired,
  }
}

/** The branches of `split`. */
export interface SplitCall extends DslCall {
  readonly branches: readonly { readonly name: string; readonly predicate: Predicate }[]
  /** The name of the default branch. */
  readonly default?: string | undefined
}

/** `split`: the streams of the branches, in the order of the predicates, the default branch last (P§2.2). */
export function planSplit(stream: PlannedStream, call: SplitCall): PlannedStream[] {
  const { names, graph } = stream.planner
  const splitterName = names.nameOr(call.name, 'KSTREAM-BRANCH-')
  const branchNames = call.branches.map(({ name }) => name)
  if (call.default !== undefined) branchNames.push(call.default)
  const children = branchNames.map((name) => `${splitterName}${name}`)
  for (const child of children) checkName(child, 'a branch')
  const factory = branchOperator(
    call.branches.map(({ predicate }) => predicate),
    children,
  )
  const splitter = processorNode({ name: splitterName, site: call.site, factory: () => factory })
  graph.add([stream.node], splitter)
  return children.map((name) => {
    // The number is burned: the name is always made of the splitter's.
    names.generate(name)
    const node = processorNode({ name, site: call.site, factory: passThroughOperator })
    graph.add([splitter], node)
    return { ...stream, node }
  })
}
