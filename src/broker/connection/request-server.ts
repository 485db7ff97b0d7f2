import type { Environment } from '../../base/environment.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import type { ApiVersionRanges, FinalizedFeatures } from '../../protocol/transport.ts'
import type { FaultDecision, FaultPoint } from '../faults/fault-rules.ts'
import type { RequestContext } from '../handler.ts'

/** How control messages get from one side to the other: as they are, or encoded and decoded at their version. */
export type CodecMode = 'pass-through' | 'encode'

/** The cluster behind a connection. */
export interface RequestServer {
  /** The cluster's own; the broker's side of a connection runs in it. */
  readonly environment: Environment
  readonly versions: ApiVersionRanges
  readonly features: FinalizedFeatures
  readonly codec: CodecMode
  /** Each way. */
  readonly latencyMs: number
  serve<A extends Api>(api: A, version: number, request: RequestOf<A>, context: RequestContext): ResponseOf<A> | Promise<ResponseOf<A>>
  /** What happens to the connection now; `null`: nothing. */
  decideFault(point: FaultPoint): FaultDecision | null
}
