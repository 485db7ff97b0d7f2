import type { Environment, Random, Timer } from '../../base/environment.ts'
import { Prng } from '../../base/prng.ts'
import type { FaultDecision, FaultPoint } from './fault-rules.ts'

/** How often chance strikes. Probabilities are per request; what is not said has the default. */
export interface RandomFaultOptions {
  /** Default: drawn from the environment of the cluster. */
  readonly seed?: number | undefined
  /** The connection is cut before the request has an effect. Default 0.003. */
  readonly cutBefore?: number | undefined
  /** The connection is cut after the effect, before the answer. Default 0.003. */
  readonly cutAfter?: number | undefined
  /** The connection stalls. Default 0.0005. */
  readonly stall?: number | undefined
  /** The connection is slow for up to `slowMaxMs`. Default 0.01. */
  readonly slow?: number | undefined
  /** Default 500. */
  readonly slowMaxMs?: number | undefined
  /** Markers take up to this long. Default 200. */
  readonly markerDelayMaxMs?: number | undefined
  /** Mean time between two events of the cluster (moves of leaders and coordinators, lost sessions). Default 2000. */
  readonly eventIntervalMs?: number | undefined
  /** Coordinators load for up to this long after they moved. Default 300. */
  readonly loadMaxMs?: number | undefined
  /** Share of the events that fence a producer. Default 0.05. */
  readonly fence?: number | undefined
}

/** What chance can do to the cluster. */
export interface RandomFaultTargets {
  readonly environment: Environment
  moveSomeLeader(random: Random): void
  moveSomeCoordinator(random: Random, loadMaxMs: number): void
  loseSomeSessions(random: Random): void
  fenceSomeProducer(random: Random): void
}

/** Faults drawn from a seed, until they are stopped. */
export class RandomFaults {
  readonly #targets: RandomFaultTargets
  readonly #random: Random
  readonly #options: Required<{ readonly [K in keyof Omit<RandomFaultOptions, 'seed'>]-?: number }>
  #timer: Timer | null = null

  constructor(targets: RandomFaultTargets, options: RandomFaultOptions) {
    this.#targets = targets
    this.#random = new Prng(options.seed ?? Math.floor(targets.environment.random.next() * 0x1_0000_0000))
    this.#options = {
      cutBefore: options.cutBefore ?? 0.003,
      cutAfter: options.cutAfter ?? 0.003,
      stall: options.stall ?? 0.0005,
      slow: options.slow ?? 0.01,
      slowMaxMs: options.slowMaxMs ?? 500,
      markerDelayMaxMs: options.markerDelayMaxMs ?? 200,
      eventIntervalMs: options.eventIntervalMs ?? 2_000,
      loadMaxMs: options.loadMaxMs ?? 300,
      fence: options.fence ?? 0.05,
    }
    this.#schedule()
  }

  decide(point: FaultPoint): FaultDecision | null {
    const { cutBefore, cutAfter, stall, slow, slowMaxMs } = this.#options
    const cut = point.when === 'before' ? cutBefore : cutAfter
    // One draw per point: the kinds of faults share the unit interval.
    const draw = this.#random.next()
    if (draw < cut) return { action: 'cut', delayMs: 0 }
    if (draw < cut + stall) return { action: 'stall', delayMs: 0 }
    if (draw < cut + stall + slow) return { action: 'slow', delayMs: this.#below(slowMaxMs) }
    return null
  }

  markerDelayMs(): number {
    return this.#below(this.#options.markerDelayMaxMs)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * (bound + 1))
  }

  #schedule(): void {
    const delayMs = 1 + this.#below(this.#options.eventIntervalMs * 2)
    this.#timer = this.#targets.environment.scheduler.after(delayMs, () => {
      this.#schedule()
      this.#strike()
    })
  }

  #strike(): void {
    const random = this.#random
    const draw = random.next()
    const { fence, loadMaxMs } = this.#options
    if (draw < fence) return this.#targets.fenceSomeProducer(random)
    const kind = Math.floor(((draw - fence) / (1 - fence)) * 3)
    if (kind === 0) this.#targets.moveSomeLeader(random)
    else if (kind === 1) this.#targets.moveSomeCoordinator(random, loadMaxMs)
    else this.#targets.loseSomeSessions(random)
  }
}
