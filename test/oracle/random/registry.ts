import type { RandomArea } from './generator.ts'
import { randomForeignKeys } from './foreign-keys.ts'
import { randomGrouped } from './grouped.ts'
import { randomKeyValues } from './key-values.ts'
import { randomProcessors } from './processors.ts'
import { randomSources } from './sources.ts'
import { randomStreams } from './streams.ts'
import { randomTableJoins } from './table-joins.ts'
import { randomTables } from './tables.ts'
import { randomWindows } from './windows.ts'

/** All areas of random scenarios. */
export const randomAreas: readonly RandomArea[] = [
  randomSources,
  randomStreams,
  randomTables,
  randomTableJoins,
  randomGrouped,
  randomProcessors,
  randomKeyValues,
  randomWindows,
  randomForeignKeys,
]
