import { readInt64, writeInt64 } from '../base/int64.ts'
import type { BytesWriter } from '../base/bytes-writer.ts'
import type { Windowed } from '../model/windowed.ts'
import type { FastSerde } from './fast-serde.ts'
import { invalidBytes, invalidValue } from './invalid-value.ts'

const TIME_BYTES = 8
const SEQUENCE_BYTES = 4

/** A key within a time window of `sizeMs`: key bytes, int64 start (P§3.8). The end is not written: it is `start + sizeMs`. */
export function timeWindowedSerde<T>(inner: FastSerde<T>, sizeMs: number): FastSerde<Windowed<T>> {
  return windowedSerde(inner, {
    bytes: TIME_BYTES,
    read: (bytes, at) => {
      const start = readInt64(bytes, at)
      return { start, end: start + sizeMs }
    },
    write: ({ window }, out) => writeTime(window.start, out),
    suffixOf: ({ window }) => `@${window.start}`,
  })
}

/**
 * As `timeWindowedSerde` with an int32 sequence number behind the start, as the changelogs of window stores have it (P§3.8): 0 is written,
 * and what is read is not shown.
 */
export function changelogWindowedSerde<T>(inner: FastSerde<T>, sizeMs: number): FastSerde<Windowed<T>> {
  return windowedSerde(inner, {
    bytes: TIME_BYTES + SEQUENCE_BYTES,
    read: (bytes, at) => {
      const start = readInt64(bytes, at)
      return { start, end: start + sizeMs }
    },
    write: ({ window }, out) => {
      writeTime(window.start, out)
      out.int32(0)
    },
    suffixOf: ({ window }) => `@${window.start}`,
  })
}

/** A key within a session: key bytes, int64 end, int64 start (P§3.8). */
export function sessionWindowedSerde<T>(inner: FastSerde<T>): FastSerde<Windowed<T>> {
  return windowedSerde(inner, {
    bytes: 2 * TIME_BYTES,
    read: (bytes, at) => ({ start: readInt64(bytes, at + TIME_BYTES), end: readInt64(bytes, at) }),
    write: ({ window }, out) => {
      writeTime(window.end, out)
      writeTime(window.start, out)
    },
    suffixOf: ({ window }) => `@${window.end},${window.start}`,
  })
}

interface WindowForm {
  readonly bytes: number
  readonly read: (bytes: Buffer, at: number) => Windowed<unknown>['window']
  readonly write: (windowed: Windowed<unknown>, out: BytesWriter) => void
  readonly suffixOf: (windowed: Windowed<unknown>) => string
}

function windowedSerde<T>(inner: FastSerde<T>, form: WindowForm): FastSerde<Windowed<T>> {
  const { identity, estimate } = inner
  return {
    read: (bytes, start, end, context) => {
      // As in Java: no bytes are no key. Where none is allowed that is refused by who asked.
      if (start === end) return null as unknown as Windowed<T>
      const keyEnd = end - form.bytes
      if (keyEnd < start) throw invalidBytes('windowed key', `${end - start} bytes`, `at least ${form.bytes}`)
      return { key: inner.read(bytes, start, keyEnd, context), window: form.read(bytes, keyEnd) }
    },
    nullable: false,
    write: (windowed, out, context) => {
      requireWindow(windowed)
      inner.write(windowed.key, out, context)
      form.write(windowed, out)
    },
    windowBytes: form.bytes,
    immutable: inner.immutable,
    // The window comes last and is free of '@', so that no key can look like another key with its window.
    identity:
      identity === null
        ? null
        : (windowed) => {
            requireWindow(windowed)
            return identity(windowed.key) + form.suffixOf(windowed)
          },
    estimate: estimate === null ? null : (windowed) => estimate(windowed.key) + form.bytes,
  }
}

/** The types refuse a key without a window; serdes that are mixed up, or plain JavaScript, may not. */
function requireWindow(windowed: Windowed<unknown>): void {
  const given: Partial<Windowed<unknown>> = windowed
  if (typeof given.window !== 'object') throw invalidValue(windowed, 'a windowed key', 'a key with its window is required')
}

function writeTime(time: number, out: BytesWriter): void {
  out.ensure(TIME_BYTES)
  writeInt64(out.buffer, out.position, time)
  out.position += TIME_BYTES
}
