import type { FastSerde } from './fast-serde.ts'
import { invalidValue } from './invalid-value.ts'

/**
 * `inner` with `null` as a value of it. Absent bytes are the runtime's business: `null` is never written here, and what is read is
 * `null` only where `inner` gives it for bytes that are there.
 */
export function nullableSerde<T>(inner: FastSerde<T>): FastSerde<T | null> {
  return {
    read: inner.read,
    nullable: true,
    write: (value, out, context) => {
      if (value === null) throw invalidValue(value, 'bytes', 'null is written as absent bytes by the runtime')
      inner.write(value, out, context)
    },
    windowBytes: inner.windowBytes,
    immutable: inner.immutable,
    ownsMemory: inner.ownsMemory,
    // Neither is asked about null: no key of a store is null, and no bytes are kept of a null value.
    identity: inner.identity as FastSerde<T | null>['identity'],
    estimate: inner.estimate as FastSerde<T | null>['estimate'],
  }
}
