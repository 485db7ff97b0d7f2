import type { Prng } from '../../src/base/prng.ts'
import type { Api } from '../../src/protocol/messages.ts'

/**
 * When an instance dies. Counted over the life of the instance of `slot` that is alive when the kill is armed (at `fromMs`).
 * - `event`: before or after an event that the scheduler delivers to it (an answer, a timer, a file operation).
 * - `apply`: before or after committed rows are put into an engine, so between any two applies of one commit.
 * - `disk`: in a call that changes the disk of its slot, which is left half done.
 * - `request`: when the cluster gets a request of it, before or after the effect.
 */
/** `losesPower`: with the process its machine goes, and what was not synced. */
export type Kill = { readonly slot: number; readonly fromMs: number; readonly restartAfterMs: number; readonly losesPower?: boolean } & (
  | { readonly at: 'event'; readonly skip: number; readonly phase: 'before' | 'after' }
  | { readonly at: 'apply'; readonly skip: number; readonly phase: 'before' | 'after' }
  | { readonly at: 'disk'; readonly skip: number; readonly phase: 'before' | 'after' }
  | { readonly at: 'request'; readonly api: Api; readonly skip: number; readonly phase: 'before' | 'after' }
)

const killingApis: readonly Api[] = [
  'EndTxn',
  'EndTxn',
  'TxnOffsetCommit',
  'Produce',
  'Produce',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'InitProducerId',
  'OffsetCommit',
  'OffsetFetch',
  'ListOffsets',
  'StreamsGroupHeartbeat',
]

/** Up to seven deaths in five seconds. */
export function drawKills(random: Prng, slotCount: number, troubleMs: number): readonly Kill[] {
  const kills: Kill[] = []
  const count = random.below(Math.round(troubleMs / 700) + 1)
  for (let index = 0; index < count; index++) {
    const phase = random.pick(['before', 'after'] as const)
    // A new instance before the group has noticed that the old one is gone, or after.
    const restartAfterMs = random.below(random.pick([50, 3_000]))
    const common = { slot: random.below(slotCount), fromMs: random.below(troubleMs - 500), restartAfterMs, phase }
    const at = random.pick(['event', 'event', 'apply', 'request'] as const)
    if (at === 'request') kills.push({ ...common, at, api: random.pick(killingApis), skip: random.below(3) })
    else kills.push({ ...common, at, skip: random.below(at === 'event' ? 60 : 4) })
  }
  return kills
}

/** The same deaths of instances that keep their stores on a disk: some in the midst of a write, some with the power. Nothing is drawn. */
export function killsOnDisk(kills: readonly Kill[]): readonly Kill[] {
  return kills.map((kill, index) => {
    const losesPower = (index + kill.skip) % 2 === 0
    return kill.at === 'event' && index % 2 === 0 ? { ...kill, at: 'disk', losesPower } : { ...kill, losesPower }
  })
}
