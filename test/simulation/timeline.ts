import type { Prng } from '../../src/base/prng.ts'

/** Something that happens at a time, counted from the start of the run. */
export type TimedAction = { readonly atMs: number } & (
  | { readonly kind: 'feed' }
  /** Starts an instance in a slot that is empty. */
  | { readonly kind: 'start'; readonly slot: number }
  /** Closes the instance of a slot in good order. */
  | { readonly kind: 'close'; readonly slot: number }
  /** For a while no heartbeat of a slot's instance gets through. */
  | { readonly kind: 'silence'; readonly slot: number; readonly forMs: number }
  /** For a while nothing happens in a slot's instance, as in a long garbage collection. */
  | { readonly kind: 'pause'; readonly slot: number; readonly forMs: number }
  | { readonly kind: 'compact'; readonly topic: string }
)

/** What actions are drawn for. */
export interface TimelineOptions {
  readonly slotCount: number
  readonly troubleMs: number
  /** Whether members may be thought dead while they live. */
  readonly losesMembers: boolean
  readonly changelogs: readonly string[]
}

/** Input in bursts, instances that come and go, and troubles that take their time. */
export function drawActions(random: Prng, { slotCount, troubleMs, losesMembers, changelogs }: TimelineOptions): readonly TimedAction[] {
  const actions: TimedAction[] = [{ atMs: 0, kind: 'feed' }]
  const bursts = 8 + random.below(Math.round(troubleMs / 300))
  for (let burst = 0; burst < bursts; burst++) actions.push({ atMs: random.below(troubleMs), kind: 'feed' })
  for (let slot = 0; slot < slotCount; slot++) {
    actions.push({ atMs: slot === 0 ? 0 : random.below(random.pick([50, troubleMs / 2])), kind: 'start', slot })
  }
  const closes = random.below(Math.round(troubleMs / 2_000) + 1)
  for (let count = 0; count < closes; count++) {
    const slot = random.below(slotCount)
    const atMs = troubleMs / 4 + random.below((troubleMs * 3) / 4)
    actions.push({ atMs, kind: 'close', slot }, { atMs: atMs + random.below(1_000), kind: 'start', slot })
  }
  if (losesMembers) actions.push(...drawZombies(random, slotCount, troubleMs))
  for (const topic of changelogs) if (random.chance(0.3)) actions.push({ atMs: random.below(troubleMs), kind: 'compact', topic })
  return actions
}

/** Members that the group takes for dead while they live: they go on with what they were at, and must be fenced. */
function drawZombies(random: Prng, slotCount: number, troubleMs: number): readonly TimedAction[] {
  const actions: TimedAction[] = []
  const atMs = (): number => 300 + random.below(troubleMs / 2)
  if (random.chance(0.35)) {
    actions.push({ atMs: atMs(), kind: 'silence', slot: random.below(slotCount), forMs: 1_500 + random.below(2_000) })
  }
  const pauses = random.below(Math.round(troubleMs / 2_000) + 1)
  for (let count = 0; count < pauses; count++) {
    actions.push({ atMs: atMs(), kind: 'pause', slot: random.below(slotCount), forMs: 200 + random.below(2_500) })
  }
  return actions
}
