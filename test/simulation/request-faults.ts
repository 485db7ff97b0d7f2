import type { Prng } from '../../src/base/prng.ts'
import type { FaultRule } from '../../src/broker/faults/fault-rules.ts'
import type { Api } from '../../src/protocol/messages.ts'

const apis: readonly Api[] = [
  'EndTxn',
  'EndTxn',
  'EndTxn',
  'TxnOffsetCommit',
  'Produce',
  'Produce',
  'InitProducerId',
  'AddPartitionsToTxn',
  'OffsetFetch',
  'OffsetCommit',
  'ListOffsets',
  'Fetch',
  'StreamsGroupHeartbeat',
  'Metadata',
  'FindCoordinator',
]

/** Connections that break at requests which matter. Stalls are as long as the client waits. */
export function drawRequestFaults(random: Prng, isExactlyOnce: boolean): readonly FaultRule[] {
  const rules: FaultRule[] = []
  const count = random.below(5)
  for (let index = 0; index < count; index++) {
    rules.push({
      api: isExactlyOnce && random.chance(0.3) ? 'EndTxn' : random.pick(apis),
      when: random.pick(['before', 'after'] as const),
      action: random.pick(['cut', 'cut', 'cut', 'stall', 'slow'] as const),
      delayMs: 100 + random.below(500),
      skip: random.below(12),
      times: 1 + random.below(3),
    })
  }
  return rules
}

/** An end of a transaction of which its producer never learns: the answer is lost, and before it can ask again it is fenced. */
export interface UnknownEnd {
  /** How many ends pass before. */
  readonly skip: number
  /** When the producer is fenced, after the answer was lost. */
  readonly fenceAfterMs: number
}

/** Up to two of them, in every third run. */
export function drawUnknownEnds(random: Prng): readonly UnknownEnd[] {
  if (random.chance(0.66)) return []
  return Array.from({ length: 1 + random.below(2) }, () => ({ skip: random.below(15), fenceAfterMs: random.below(10) }))
}
