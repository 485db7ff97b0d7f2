import { headersOrNull, type StreamRecord, streamRecord } from '../../model/stream-record.ts'
import type { ValueAndTimestamp } from '../../model/value-and-timestamp.ts'
import type { VersionedRecord } from '../../model/versioned-record.ts'
import type { Windowed } from '../../model/windowed.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import type { Query } from '../queries.ts'
import type { Row } from '../rows/row.ts'
import type { StoreSerdes } from '../rows/store-serdes.ts'

/** How what a kind of query gives is made of rows. */
interface AnswerShape {
  /** Whether it gives a scan; else one result, or `null`. */
  readonly isScan: boolean
  /** What stands before the value, as a pair with it: nothing, the key, the start of the window, or the key with its window. */
  readonly key: 'none' | 'plain' | 'start' | 'windowed'
  readonly value: 'value' | 'stamped' | 'record' | 'version'
}

const answerShapes: Readonly<Record<Query['kind'], AnswerShape>> = {
  key: { isScan: false, key: 'none', value: 'value' },
  range: { isScan: true, key: 'plain', value: 'value' },
  timestampedKey: { isScan: false, key: 'none', value: 'stamped' },
  timestampedRange: { isScan: true, key: 'plain', value: 'stamped' },
  windowKey: { isScan: true, key: 'start', value: 'value' },
  windowRange: { isScan: true, key: 'windowed', value: 'value' },
  timestampedWindowKey: { isScan: true, key: 'start', value: 'stamped' },
  timestampedWindowRange: { isScan: true, key: 'windowed', value: 'stamped' },
  sessionKey: { isScan: true, key: 'windowed', value: 'value' },
  timestampedKeyWithHeaders: { isScan: false, key: 'plain', value: 'record' },
  timestampedRangeWithHeaders: { isScan: true, key: 'plain', value: 'record' },
  timestampedWindowKeyWithHeaders: { isScan: true, key: 'windowed', value: 'record' },
  timestampedWindowRangeWithHeaders: { isScan: true, key: 'windowed', value: 'record' },
  sessionKeyWithHeaders: { isScan: true, key: 'windowed', value: 'record' },
  versionedKey: { isScan: false, key: 'none', value: 'version' },
  multiVersionedKey: { isScan: true, key: 'none', value: 'version' },
}

/** Whether a query gives a scan; else one result, or `null`. */
export function givesScan({ kind }: Query): boolean {
  return answerShapes[kind].isScan
}

/** What a query gives, or one step of its scan, as a row: what `itemOfRow` makes the same of. Throws what the serdes throw. */
export function rowOfItem({ kind }: Query, item: unknown, serdes: StoreSerdes): Row {
  const shape = answerShapes[kind]
  const isPair = shape.key !== 'none' && shape.value !== 'record'
  const [key, shown] = isPair
    ? (item as readonly [unknown, unknown])
    : [shape.value === 'record' && (item as StreamRecord<unknown, unknown>).key, item]
  return { ...placeOf(shape, key, serdes), ...contentOf(shape, shown, serdes) }
}

/** What `rowOfItem` was given. Throws what the serdes throw. */
export function itemOfRow({ kind }: Query, row: Row, serdes: StoreSerdes): unknown {
  const shape = answerShapes[kind]
  const value = serdes.readValue(row.value)
  const { timestamp, start, end } = row
  const key = (): unknown => {
    if (shape.key === 'start') return start
    const plain = serdes.readKey(row.key)
    return shape.key === 'plain' ? plain : { key: plain, window: { start, end } }
  }
  if (shape.value === 'record') return streamRecord(key(), value, timestamp, recordHeaders(row.headers))
  const shown =
    shape.value === 'value'
      ? value
      : shape.value === 'stamped'
        ? { value, timestamp }
        : { value, timestamp, validTo: end === -1 ? null : end }
  return shape.key === 'none' ? shown : [key(), shown]
}

function placeOf(shape: AnswerShape, key: unknown, serdes: StoreSerdes): Pick<Row, 'key' | 'start' | 'end'> {
  switch (shape.key) {
    case 'none':
      return { key: new Uint8Array(), start: -1, end: -1 }
    case 'plain':
      return { key: serdes.writeKey(key), start: -1, end: -1 }
    case 'start':
      return { key: new Uint8Array(), start: key as number, end: -1 }
    case 'windowed': {
      const { key: plain, window } = key as Windowed<unknown>
      return { key: serdes.writeKey(plain), start: window.start, end: window.end }
    }
  }
}

function contentOf(
  shape: AnswerShape,
  shown: unknown,
  serdes: StoreSerdes,
): Pick<Row, 'value' | 'timestamp' | 'headers'> & { end?: number } {
  switch (shape.value) {
    case 'value':
      return { value: serdes.writeValue(shown), timestamp: -1, headers: [] }
    case 'stamped': {
      const { value, timestamp } = shown as ValueAndTimestamp<unknown>
      return { value: serdes.writeValue(value), timestamp, headers: [] }
    }
    case 'record': {
      const record = shown as StreamRecord<unknown, unknown>
      const headers = Array.from(headersOrNull(record) ?? [], (header) => [header.key, header.value] as const)
      return { value: serdes.writeValue(record.value), timestamp: record.timestamp, headers }
    }
    case 'version': {
      const { value, timestamp, validTo } = shown as VersionedRecord<unknown>
      return { value: serdes.writeValue(value), timestamp, headers: [], end: validTo ?? -1 }
    }
  }
}
