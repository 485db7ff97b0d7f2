import type { SlidingWindows } from '../../model/sliding-windows.ts'
import type { StreamRecord } from '../../model/stream-record.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import type { FoundWindow } from '../../state/windows/window-rows.ts'
import { checkResult } from '../check-result.ts'
import { type EmitRange, WindowTable, type WindowTableParameters } from './window-table.ts'

/** Parameters of `slidingWindowAggregateOperator`. */
export interface SlidingWindowAggregateParameters extends WindowTableParameters {
  readonly windows: SlidingWindows
}

/**
 * Aggregates the values of each key in windows around its records (P§3.5): one that ends with each record, its left window, and one that
 * begins a millisecond after it, its right window, if that has records. Both ends are included. Records before the time difference share
 * the window that begins at 0. A record without key or value is dropped, and so is one whose right window would have ended before
 * `stream time - grace`; each window that is closed by then does not take it.
 */
export function slidingWindowAggregateOperator(parameters: SlidingWindowAggregateParameters): ProcessorFactory {
  return (context) => new SlidingWindowAggregate(context, parameters)
}

type AnyRecord = StreamRecord<unknown, unknown>

/** An aggregate with its time; the value is `null` where an initializer or an aggregator gave none. */
type Aggregate = Pick<FoundWindow<unknown>, 'value' | 'timestamp'>

/** What is known of the windows around a record when those of the store have been walked. */
class Surroundings {
  /** Starts of the windows that were found. */
  readonly starts = new Set<number>()
  /** The aggregate of the records that will be in the left window, or in the right one. */
  left: Aggregate | null = null
  right: Aggregate | null = null
  hasLeft = false
  hasRight = false
  /** The time of the record before, as far as it matters. */
  previousTime: number | null = null
}

class SlidingWindowAggregate {
  readonly #context: NodeContext
  readonly #parameters: SlidingWindowAggregateParameters
  readonly #table: WindowTable
  readonly #differenceMs: number
  readonly #emitRange: EmitRange

  constructor(context: NodeContext, parameters: SlidingWindowAggregateParameters) {
    const { differenceMs, graceMs } = parameters.windows
    this.#context = context
    this.#parameters = parameters
    this.#table = new WindowTable(context, parameters, graceMs)
    this.#differenceMs = differenceMs
    this.#emitRange = {
      from: (closedBefore) => (closedBefore === -1 ? 0 : Math.max(0, closedBefore - differenceMs)),
      // The end of a window is included: it closes when the close time has passed it.
      to: (closeTime) => closeTime - differenceMs - 1,
      isWorthwhile: () => true,
    }
  }

  process(record: AnyRecord): void {
    if (record.key === null || record.value === null) {
      this.#context.dropped('null key or value')
      return
    }
    const { timestamp } = record
    const closeTime = this.#table.observe(timestamp)
    const lastEnd = timestamp + this.#differenceMs
    if (lastEnd < closeTime) {
      this.#table.dropLate(record, `[${timestamp}, ${lastEnd}]`, closeTime)
      return
    }
    // As in Java, an early record closes no windows.
    if (timestamp < this.#differenceMs) {
      this.#processEarly(record, closeTime)
      return
    }
    const around = this.#walk(record, closeTime)
    if (around !== null) this.#createWindows(record, around, closeTime)
    this.#table.emitClosed(record, closeTime, this.#emitRange)
  }

  /**
   * Adds the record to the windows that are there, from the latest to the left window or the one before that. `null`: the left window ends
   * with a record of the same time, so that all windows are there.
   */
  #walk(record: AnyRecord, closeTime: number): Surroundings | null {
    const { timestamp } = record
    const differenceMs = this.#differenceMs
    const around = new Surroundings()
    const range = { from: Math.max(0, timestamp - 2 * differenceMs), to: timestamp + 1, isReverse: true }
    const found = this.#table.windows.windowsOf(record.key, range)
    for (let window = found.next(); window !== null; window = found.next()) {
      const { start } = window
      const end = start + differenceMs
      around.starts.add(start)
      if (start === timestamp + 1) {
        around.hasRight = true
      } else if (end > timestamp) {
        around.right ??= window
        this.#add(record, start, window, closeTime)
      } else if (end === timestamp) {
        around.hasLeft = true
        this.#add(record, start, window, closeTime)
        if (window.timestamp >= timestamp) return null
        around.previousTime = window.timestamp
      } else {
        around.left = window
        around.previousTime = window.timestamp
        break
      }
    }
    return around
  }

  #createWindows(record: AnyRecord, around: Surroundings, closeTime: number): void {
    const { timestamp } = record
    const differenceMs = this.#differenceMs
    const { previousTime } = around
    if (previousTime !== null && !around.starts.has(previousTime + 1) && previousTime + 1 + differenceMs >= timestamp) {
      this.#add(record, previousTime + 1, this.#initial(timestamp), closeTime)
    }
    if (!around.hasLeft) {
      const isShared = previousTime !== null && timestamp - differenceMs <= previousTime
      const left = isShared ? { value: around.left?.value ?? null, timestamp } : this.#initial(timestamp)
      this.#add(record, timestamp - differenceMs, left, closeTime)
    }
    this.#createRightWindow(record, around)
  }

  /** A record before the time difference: its left window would begin before 0, and is the one that begins there. */
  #processEarly(record: AnyRecord, closeTime: number): void {
    const { timestamp } = record
    const around = new Surroundings()
    let combined: FoundWindow<unknown> | null = null
    const found = this.#table.windows.windowsOf(record.key, { from: 0, to: timestamp + 1, isReverse: false })
    for (let window = found.next(); window !== null; window = found.next()) {
      around.starts.add(window.start)
      if (window.start === 0) {
        combined = window
        if (window.timestamp < timestamp) around.previousTime = window.timestamp
      } else if (window.start <= timestamp) {
        around.right = window
        this.#add(record, window.start, window, closeTime)
      } else {
        around.hasRight = true
      }
    }
    // No right window of an earlier record: all in the combined one are later than this record, or none is.
    if (around.right === null && combined !== null && combined.timestamp > timestamp) around.right = combined
    this.#createRightWindow(record, around)
    const { previousTime } = around
    if (previousTime !== null && !around.starts.has(previousTime + 1)) {
      this.#add(record, previousTime + 1, this.#initial(timestamp), closeTime)
    }
    this.#add(record, 0, combined ?? this.#initial(timestamp), closeTime)
  }

  /** Adds the record to a window that has `aggregate` so far, unless the window is closed. */
  #add(record: AnyRecord, start: number, { value: oldValue, timestamp: oldTimestamp }: Aggregate, closeTime: number): void {
    const end = start + this.#differenceMs
    if (end < closeTime) {
      this.#table.dropLate(record, `[${start}, ${end}]`, closeTime)
      return
    }
    const { aggregator } = this.#parameters
    const newValue = checkResult(aggregator(record.key, record.value, oldValue), 'the aggregator or reducer of windows')
    const timestamp = oldValue === null ? record.timestamp : Math.max(record.timestamp, oldTimestamp)
    this.#table.update(record, { key: record.key, window: { start, end } }, { newValue, oldValue, timestamp })
  }

  /** The right window gets what later records have made; whether it is closed is not asked, as in Java. */
  #createRightWindow(record: AnyRecord, { right, hasRight }: Surroundings): void {
    if (hasRight || right === null || right.timestamp <= record.timestamp) return
    const start = record.timestamp + 1
    const { value: newValue, timestamp } = right
    const window = { start, end: start + this.#differenceMs }
    this.#table.update(record, { key: record.key, window }, { newValue, oldValue: null, timestamp })
  }

  #initial(timestamp: number): Aggregate {
    return { value: checkResult(this.#parameters.initializer(), 'the initializer of aggregate()'), timestamp }
  }
}
