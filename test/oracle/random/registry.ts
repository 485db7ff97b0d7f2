import type { RandomArea } from './generator.ts'
import { randomGrouped } from './grouped.ts'
import { randomKeyValues } from './key-values.ts'
import { randomProcessors } from './processors.ts'
import { randomSources } from './sources.ts'
import { randomStreams } from './streams.ts'
import { randomTables } from './tables.ts'
import { randomWindows } from './windows.ts'

/** All areas of random scenarios. */
export const randomAreas: readonly RandomArea[] = [
  randomSources,
  randomStreams,
  randomTables,
  randomGrouped,
  randomProcessors,
  randomKeyValues,
  randomWindows,
]
