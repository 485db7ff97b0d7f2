import type { FetchPartitionData } from '../../protocol/messages/fetch.ts'
import type { FetchTarget } from './fetch-session.ts'

/** What a broker answered for one partition that was asked for and has not been moved since. */
export interface PartitionAnswer {
  readonly target: FetchTarget
  readonly data: FetchPartitionData
}
