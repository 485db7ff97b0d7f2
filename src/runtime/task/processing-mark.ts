import type { PhysicalTopology } from '../../topology/physical-topology.ts'

/**
 * Which node's code runs right now, as a number in memory that another thread can look at: it names the processor that blocks a stream
 * thread. Written before each call of a processor or punctuator.
 */
export class ProcessingMark {
  /** Where nodes write their numbers. */
  readonly cells: Int32Array
  /** The index among `cells`. */
  readonly at: number
  readonly #numbers: ReadonlyMap<string, number>

  constructor(cells: Int32Array, at: number, names: readonly string[]) {
    this.cells = cells
    this.at = at
    this.#numbers = new Map(names.map((name, index) => [name, index + 1]))
  }

  /** No node's code runs any more. */
  clear(): void {
    this.cells[this.at] = 0
  }

  /** The number of a node; 0 for one that is not known. */
  numberOf(node: string): number {
    return this.#numbers.get(node) ?? 0
  }
}

/** A mark that nobody looks at. */
export function unseenMark(): ProcessingMark {
  return new ProcessingMark(new Int32Array(1), 0, [])
}

/** The names of all nodes of a topology in the order of their numbers, from 1. */
export function markedNodes({ subtopologies, globalStores }: PhysicalTopology): readonly string[] {
  return [
    ...subtopologies.flatMap(({ sources, processors }) => [...sources, ...processors].map(({ name }) => name)),
    ...globalStores.map(({ processor }) => processor.name),
  ]
}
