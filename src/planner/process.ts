import type { FixedKeyProcessorSupplier, ProcessorSupplier, StoreMap } from '../processor/processor.ts'
import { fixedKeySupplier } from '../processor/fixed-key-supplier.ts'
import { userProcessor } from '../processor/user-processor.ts'
import type { Serde } from '../serdes/serde.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import { checkName } from '../topology/check-name.ts'
import { processorStores, type StoreKeeper } from '../topology/store-openers.ts'
import { serdeOrLost } from '../topology/travelling-serde.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'

/** Options of `process` and `processValues`. */
export interface ProcessCall extends DslCall {
  readonly stores: StoreMap | undefined
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
  /** Knows the handles that are tables. */
  readonly keeperOf: (handle: StoreHandle<unknown>) => StoreKeeper | null
}

// oxlint-disable-next-line typescript/no-explicit-any -- suppliers of any type fit: types end at the DSL
type AnySupplier = ProcessorSupplier<any, any, any, any, any>
// oxlint-disable-next-line typescript/no-explicit-any -- as above
type AnyFixedKeySupplier = FixedKeyProcessorSupplier<any, any, any, any>

/** `process`. A given name burns no number (P§2.0). */
export function planProcess(stream: PlannedStream, supplier: AnySupplier, call: ProcessCall): PlannedStream {
  const name = nameOf(stream, call, 'KSTREAM-PROCESSOR-')
  const processed = addUserProcessor(stream, name, supplier, call)
  return { ...processed, key: serdeOrLost(call.key, name), value: serdeOrLost(call.value, name), repartitionRequired: true }
}

/** `processValues`. A given name burns no number (P§2.0). */
export function planProcessValues(stream: PlannedStream, supplier: AnyFixedKeySupplier, call: ProcessCall): PlannedStream {
  const name = nameOf(stream, call, 'KSTREAM-PROCESSVALUES-')
  const processed = addUserProcessor(stream, name, fixedKeySupplier(supplier), call)
  return { ...processed, value: serdeOrLost(call.value, name) }
}

function nameOf({ planner }: PlannedStream, { name }: ProcessCall, prefix: string): string {
  if (name === undefined) return planner.names.generate(prefix)
  checkName(name, 'a processor')
  return name
}

/** For the optimizer these nodes keep records, as in Java by default (P§1.7.2). */
function addUserProcessor(stream: PlannedStream, name: string, supplier: AnySupplier, call: ProcessCall): PlannedStream {
  const { planner } = stream
  const { openers, owned, connected } = processorStores(name, call.stores, planner.stores, call.keeperOf)
  const node = processorNode({
    name,
    site: call.site,
    factory: () => userProcessor(supplier, openers),
    stores: () => owned,
    connected: () => connected,
  })
  planner.graph.add([stream.node], node)
  return { ...stream, node }
}
