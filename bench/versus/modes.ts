import { failoverMode } from './failover-mode.ts'
import { latencyModes } from './latency/latency-modes.ts'
import type { Mode } from './mode.ts'
import { coldStartMode, idleMode } from './start-modes.ts'
import { restartMode, restoreMode } from './state-modes.ts'
import { defaultsModes, throughputModes } from './throughput/throughput-modes.ts'

/** Everything that is measured, in the order in which it is. */
export const modes: readonly Mode[] = [
  ...throughputModes,
  ...defaultsModes,
  restoreMode('memory'),
  restoreMode('persistent'),
  restartMode,
  failoverMode('at_least_once'),
  failoverMode('exactly_once_v2'),
  coldStartMode('stateless', 'classic'),
  coldStartMode('stateless', 'streams'),
  coldStartMode('count', 'classic'),
  coldStartMode('count', 'streams'),
  idleMode('cpu'),
  idleMode('memory'),
  ...latencyModes,
]
