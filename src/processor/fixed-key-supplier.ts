import { checkTimestamp, copied, type FixedKeyRecord, headersOrNull, type StreamRecord, streamRecord } from '../model/stream-record.ts'
import { recordHeaders, type RecordHeaders } from '../record/record-headers.ts'
import type { FixedKeyProcessorContext, FixedKeyProcessorSupplier, ProcessorContext, ProcessorSupplier, StoreMap } from './processor.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- the DSL has checked the types of the supplier
type AnyFixedKeySupplier = FixedKeyProcessorSupplier<any, any, any, any>
// oxlint-disable-next-line typescript/no-explicit-any -- as above
type AnySupplier = ProcessorSupplier<any, any, any, any, any>
type AnyContext = ProcessorContext<unknown, unknown, StoreMap>
type AnyRecord = StreamRecord<unknown, unknown>

/**
 * A supplier for `process` that does what `supplier` does for `processValues`: its records have no way to another key, and only what stems
 * from them can be forwarded, so that the stream keeps its partitioning whatever the types were told. Another record throws `TypeError`.
 */
export function fixedKeySupplier(supplier: AnyFixedKeySupplier): AnySupplier {
  return (context: AnyContext) => {
    const given = supplier(fixedKeyContext(context))
    if (typeof given === 'function') return (record: AnyRecord) => given(keptKeyRecord(record))
    // What is no processor at all is reported by whoever opens it.
    if (typeof given?.process !== 'function') return given as unknown as ReturnType<AnySupplier>
    return {
      process: (record: AnyRecord) => given.process(keptKeyRecord(record)),
      close: () => given.close?.(),
    }
  }
}

function fixedKeyContext(context: AnyContext): FixedKeyProcessorContext<unknown, StoreMap> {
  return {
    applicationId: context.applicationId,
    taskId: context.taskId,
    stores: context.stores,
    get recordMetadata() {
      return context.recordMetadata
    },
    get streamTime() {
      return context.streamTime
    },
    get systemTime() {
      return context.systemTime
    },
    commit: () => context.commit(),
    schedule: (interval, type, punctuator, options) => context.schedule(interval, type, punctuator, options),
    forward: (record, child) => context.forward(recordBehind(record), child),
  }
}

function recordBehind(record: unknown): AnyRecord {
  if (record instanceof KeptKeyRecord) return record.unwrapped()
  throw new TypeError(
    'Cannot forward from processValues(): the record does not stem from one that came in, required is record.withValue() or record.withTimestamp(), which keep the key',
  )
}

/** Its headers are its own: neither what came in nor what was forwarded shares them, as in Java. */
class KeptKeyRecord implements FixedKeyRecord<unknown, unknown> {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  // Made when first asked for: most records have none, and nobody looks.
  #headers: RecordHeaders | null

  /** Takes `headers` over. */
  constructor(key: unknown, value: unknown, timestamp: number, headers: RecordHeaders | null) {
    this.key = key
    this.value = value
    this.timestamp = timestamp
    this.#headers = headers
  }

  get headers(): RecordHeaders {
    return (this.#headers ??= recordHeaders())
  }

  withValue<W>(value: W): FixedKeyRecord<unknown, W> {
    return new KeptKeyRecord(this.key, value, this.timestamp, copied(this.#headers)) as unknown as FixedKeyRecord<unknown, W>
  }

  withTimestamp(timestamp: number): FixedKeyRecord<unknown, unknown> {
    checkTimestamp(timestamp)
    return new KeptKeyRecord(this.key, this.value, timestamp, copied(this.#headers))
  }

  unwrapped(): AnyRecord {
    return streamRecord(this.key, this.value, this.timestamp, copied(this.#headers))
  }
}

function keptKeyRecord(record: AnyRecord): KeptKeyRecord {
  return new KeptKeyRecord(record.key, record.value, record.timestamp, copied(headersOrNull(record)))
}
