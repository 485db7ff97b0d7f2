import type { Planner } from '../planner.ts'

/** Streams or tables that are processed together. */
interface Copartitioned {
  readonly sources: ReadonlySet<string>
}

/** Demands equally many partitions of the topics of both sides (P§4.6). Returns the sources of the two together. */
export function copartitionedSources(planner: Planner, left: Copartitioned, right: Copartitioned): ReadonlySet<string> {
  const sources = new Set([...left.sources, ...right.sources])
  planner.copartitioned.push(sources)
  return sources
}
