import { failoverMode } from './failover-mode.ts'
import type { Mode } from './mode.ts'
import { restartMode, restoreMode } from './state-modes.ts'
import { throughputModes } from './throughput/throughput-modes.ts'

/** Everything that is measured, in the order in which it is. */
export const modes: readonly Mode[] = [
  ...throughputModes,
  restoreMode('memory'),
  restoreMode('persistent'),
  restartMode,
  failoverMode('at_least_once'),
  failoverMode('exactly_once_v2'),
]
