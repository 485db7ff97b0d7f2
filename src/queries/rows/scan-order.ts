import { segmentOf, type WindowLayout } from '../../state/windows/window-layout.ts'
import type { Continuation } from './continuation.ts'

/** What the place of a row in a scan is made of. */
export type Place = Pick<Continuation, 'start' | 'end'> & { readonly key: Uint8Array }

/** The order in which a scan that goes forward gives its rows: negative if `a` comes before `b`, 0 at the same place. */
export type ScanOrder = (a: Place, b: Place) => number

/** By the bytes of the keys. */
export const byKey: ScanOrder = (a, b) => Buffer.compare(a.key, b.key)

/** By start: the windows of one key. */
export const byStart: ScanOrder = (a, b) => a.start - b.start

/** By end: the sessions of one key. */
export const byEnd: ScanOrder = (a, b) => a.end - b.end

/** The order of the windows of all keys: by segment of time, key and start, or by start and key. */
export function windowOrder(layout: WindowLayout): ScanOrder {
  const isByTime = layout.timeOrdered !== 'no' || layout.isExact
  return (a, b) => {
    if (isByTime) return byStart(a, b) || byKey(a, b)
    return segmentOf(layout, a.start) - segmentOf(layout, b.start) || Buffer.compare(placeOf(a), placeOf(b))
  }
}

/** The first start of a window that can come at `start` or later in the order of `windowOrder`; reverse: the last that can come before it. */
export function windowBound(layout: WindowLayout, start: number, isReverse: boolean): number {
  if (layout.timeOrdered !== 'no' || layout.isExact) return start
  if (layout.segmentMs === Infinity) return isReverse ? Infinity : 0
  const segment = segmentOf(layout, start)
  return isReverse ? (segment + 1) * layout.segmentMs - 1 : segment * layout.segmentMs
}

/** As the rows of windows are ordered within a segment: the bytes of the key, then those of the start. */
function placeOf({ key, start }: Place): Buffer {
  const place = Buffer.allocUnsafe(key.length + 8)
  place.set(key)
  place.writeBigInt64BE(BigInt(start), key.length)
  return place
}
