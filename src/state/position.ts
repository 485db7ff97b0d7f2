import type { RecordContext } from '../record/record-context.ts'

/** How far one input partition is reflected: the offset of the last record of it. */
export type PositionEntry = readonly [topic: string, partition: number, offset: number]

/**
 * Which input records something reflects: for partitions of topics the offset of the last one (Java's `Position`, KIP-796). A value: what
 * changes it gives another one. As JSON it is the list of its entries.
 */
export class Position implements Iterable<PositionEntry> {
  /** Of nothing. */
  static readonly empty: Position = new Position([])
  readonly #entries: readonly PositionEntry[]

  private constructor(entries: readonly PositionEntry[]) {
    this.#entries = entries
  }

  /** The position with these entries; of several for one partition the greatest offset counts. */
  static of(entries: Iterable<PositionEntry>): Position {
    const tracker = new PositionTracker()
    for (const [topic, partition, offset] of entries) tracker.advance(topic, partition, offset)
    return tracker.position()
  }

  /**
   * The position of entries that came from outside: a list of `[topic, partition, offset]`. Throws `TypeError` for anything else, and for
   * numbers that are no partition or offset.
   */
  static from(given: unknown): Position {
    if (!Array.isArray(given)) throw new TypeError('Cannot read a position: required is a list of [topic, partition, offset]')
    return Position.of(given.map(checkedEntry))
  }

  /** @internal Sorted, each partition once. */
  static ofSorted(entries: readonly PositionEntry[]): Position {
    return entries.length === 0 ? Position.empty : new Position(entries)
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  /** The topics, sorted. */
  get topics(): readonly string[] {
    return [...new Set(this.#entries.map(([topic]) => topic))]
  }

  /** The offset for a partition; `null` if it has none. */
  offset(topic: string, partition: number): number | null {
    return this.#entries.find((entry) => entry[0] === topic && entry[1] === partition)?.[2] ?? null
  }

  /** This position and one partition more; an offset that is not greater than the one that is there changes nothing. */
  with(topic: string, partition: number, offset: number): Position {
    return Position.of([...this.#entries, [topic, partition, offset]])
  }

  /** For each partition the greater of both offsets. */
  merge(other: Position): Position {
    return Position.of([...this.#entries, ...other])
  }

  equals(other: Position): boolean {
    const others = other.#entries
    return (
      others.length === this.#entries.length &&
      this.#entries.every((entry, index) => entry.every((part, field) => part === others[index]![field]))
    )
  }

  toJSON(): readonly PositionEntry[] {
    return this.#entries
  }

  toString(): string {
    return `{${this.#entries.map(([topic, partition, offset]) => `${topic}-${partition}: ${offset}`).join(', ')}}`
  }

  [Symbol.iterator](): Iterator<PositionEntry> {
    return this.#entries[Symbol.iterator]()
  }
}

interface Component {
  readonly topic: string
  readonly partition: number
  offset: number
}

/**
 * A position that moves on with each record. A task reads few partitions, and the same one again and again: the last one is looked at first,
 * and nothing is made per record.
 */
export class PositionTracker {
  readonly #components: Component[] = []
  #last: Component | null = null
  /** As it was last given out; `null`: it has moved on. */
  #known: Position | null = Position.empty

  /** The record in hand has changed something. In a punctuator there is none, and nothing moves. */
  note({ topic, partition, offset }: Readonly<RecordContext>): void {
    if (topic !== null) this.advance(topic, partition, offset)
  }

  /** Moves a partition on to `offset`, never back. */
  advance(topic: string, partition: number, offset: number): void {
    let found = this.#last
    if (found === null || found.partition !== partition || found.topic !== topic) found = this.#find(topic, partition)
    if (offset <= found.offset) return
    found.offset = offset
    this.#known = null
  }

  /** As it is now. */
  position(): Position {
    this.#known ??= Position.ofSorted(
      this.#components
        .map(({ topic, partition, offset }): PositionEntry => [topic, partition, offset])
        .sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1)),
    )
    return this.#known
  }

  /** Goes to `position`, also back. */
  set(position: Position): void {
    if (position === this.#known) return
    this.#components.length = 0
    this.#last = null
    for (const [topic, partition, offset] of position) this.#components.push({ topic, partition, offset })
    this.#known = position
  }

  #find(topic: string, partition: number): Component {
    for (const component of this.#components) {
      if (component.partition === partition && component.topic === topic) return (this.#last = component)
    }
    const added = { topic, partition, offset: -1 }
    this.#components.push(added)
    return (this.#last = added)
  }
}

function checkedEntry(given: unknown): PositionEntry {
  if (Array.isArray(given) && given.length === 3) {
    const [topic, partition, offset] = given as unknown[]
    const isPartition = Number.isInteger(partition) && (partition as number) >= 0 && (partition as number) < 2 ** 31
    const isOffset = Number.isSafeInteger(offset) && (offset as number) >= 0
    if (typeof topic === 'string' && isPartition && isOffset) return [topic, partition as number, offset as number]
  }
  throw new TypeError(`Cannot read a position: ${JSON.stringify(given)} is not [topic, partition, offset]`)
}
