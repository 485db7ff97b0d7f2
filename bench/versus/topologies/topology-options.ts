import type { Progress } from '../application/progress.ts'

/** What a measured topology is made with. */
export interface TopologyOptions {
  /** The topics; `second` is '' where there is one input. */
  readonly input: string
  readonly second: string
  readonly output: string
  readonly supplier: 'in-memory' | 'persistent'
  /** Told of each record in each stage. */
  readonly progress: Progress
}
