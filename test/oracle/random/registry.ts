import type { RandomArea } from './generator.ts'
import { randomCogroups } from './cogroup.ts'
import { randomGlobalTables } from './global-tables.ts'
import { randomForeignKeys } from './foreign-keys.ts'
import { randomGrouped } from './grouped.ts'
import { randomHand } from './hand.ts'
import { randomKeyValues } from './key-values.ts'
import { randomProcessors } from './processors.ts'
import { randomSessions } from './sessions.ts'
import { randomSources } from './sources.ts'
import { randomStreamJoins } from './stream-joins.ts'
import { randomStreamTableJoins } from './stream-table-joins.ts'
import { randomSuppress } from './suppress.ts'
import { randomStreams } from './streams.ts'
import { randomTableJoins } from './table-joins.ts'
import { randomTables } from './tables.ts'
import { randomVersions } from './versioned.ts'
import { randomWindows } from './windows.ts'

/** All areas of random scenarios. */
export const randomAreas: readonly RandomArea[] = [
  randomSources,
  randomStreams,
  randomTables,
  randomTableJoins,
  randomStreamJoins,
  randomStreamTableJoins,
  randomSuppress,
  randomGrouped,
  randomProcessors,
  randomHand,
  randomGlobalTables,
  randomKeyValues,
  randomWindows,
  randomSessions,
  randomVersions,
  randomCogroups,
  randomForeignKeys,
]
