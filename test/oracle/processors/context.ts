import type {
  FixedKeyProcessorContext,
  FixedKeyRecord,
  KeyValueStore,
  ProcessingContext,
  ProcessorContext,
  StoreHandle,
  StreamRecord,
} from 'millrace'
import type { Item } from '../functions.ts'

/** The stores of a processor, in the order of the option `stores`: only as many are there as the scenario names. */
export interface Stores {
  readonly [name: string]: StoreHandle<unknown>
  readonly store: StoreHandle<KeyValueStore<Item, Item>>
  readonly second: StoreHandle<KeyValueStore<Item, Item>>
  readonly third: StoreHandle<KeyValueStore<Item, Item>>
}

export type Context = ProcessorContext<Item, Item, Stores>
export type FixedContext = FixedKeyProcessorContext<Item, Stores>
type Process = (record: StreamRecord<Item, Item>) => void
type FixedProcess = (record: FixedKeyRecord<Item, Item>) => void

/** Processors of `process`, by name. */
export type ProcessorArea = Readonly<Record<string, (context: Context) => Process>>
/** Processors of `processValues`, by name. */
export type FixedProcessorArea = Readonly<Record<string, (context: FixedContext) => FixedProcess>>

/** A processor without state of its own. */
export function plain(process: (context: Context, record: StreamRecord<Item, Item>) => void): (context: Context) => Process {
  return (context) => (record) => process(context, record)
}

/** As `plain`; leaves records without a key alone. */
export function keyed(process: (context: Context, record: StreamRecord<Item, Item>) => void): (context: Context) => Process {
  return (context) => (record) => {
    if (record.key !== null) process(context, record)
  }
}

/** As `plain`, for `processValues`. */
export function fixed(
  process: (context: FixedContext, record: FixedKeyRecord<Item, Item>) => void,
): (context: FixedContext) => FixedProcess {
  return (context) => (record) => process(context, record)
}

/** Where the record in hand comes from. */
export function place({ recordMetadata }: ProcessingContext<Stores>): string {
  return recordMetadata === null ? 'nowhere' : `${recordMetadata.topic}-${recordMetadata.partition}@${recordMetadata.offset}`
}
