import type { Random } from '../../base/environment.ts'
import type { Api } from '../../protocol/messages.ts'
import type { ConnectionPurpose } from '../../protocol/transport.ts'

/**
 * What happens to a connection. `cut`: it ends for every request in flight. `stall`: nothing comes through any more, until the client
 * gives it up. `slow`: everything behind waits `delayMs`.
 */
export type FaultAction = 'cut' | 'stall' | 'slow'

/** A request at the moment at which something may happen to its connection. */
export interface FaultPoint {
  readonly api: Api
  readonly purpose: ConnectionPurpose
  readonly node: number
  readonly clientId: string
  /** Before the request has any effect, or after its effect and before its answer leaves. */
  readonly when: 'before' | 'after'
  readonly request: unknown
}

/** When a fault happens. What is not said matches everything. */
export interface FaultRule {
  readonly api?: Api | readonly Api[] | undefined
  readonly purpose?: ConnectionPurpose | undefined
  readonly node?: number | undefined
  readonly clientId?: string | undefined
  /** Looks at the request; what it is given is of the API's request type. */
  readonly where?: ((request: unknown) => boolean) | undefined
  readonly when: 'before' | 'after'
  /** Default `cut`. */
  readonly action?: FaultAction | undefined
  /** For `slow`: how long. Default 1000. */
  readonly delayMs?: number | undefined
  /** How often it happens before the rule is used up. Default 1. */
  readonly times?: number | undefined
  /** How many matching requests pass before. Default 0. */
  readonly skip?: number | undefined
  /** Default 1. */
  readonly probability?: number | undefined
}

/** What happens at a point. */
export interface FaultDecision {
  readonly action: FaultAction
  readonly delayMs: number
}

/** A rule that is in force. */
export interface ActiveRule {
  /** How often it has happened. */
  readonly hits: number
  /** Takes it out of force. */
  remove(): void
}

interface RuleState extends ActiveRule {
  readonly rule: FaultRule
  hits: number
  passed: number
}

const SLOW_MS = 1_000

/** The rules in force, in the order in which they were added; the first that matches decides. */
export class FaultRules {
  readonly #random: Random
  #rules: RuleState[] = []

  constructor(random: Random) {
    this.#random = random
  }

  add(rule: FaultRule): ActiveRule {
    const state: RuleState = {
      rule,
      hits: 0,
      passed: 0,
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== state)
      },
    }
    this.#rules.push(state)
    return state
  }

  clear(): void {
    this.#rules = []
  }

  /** What happens at `point`; `null`: nothing. */
  decide(point: FaultPoint): FaultDecision | null {
    for (const state of this.#rules) {
      const { rule } = state
      if (!matches(rule, point)) continue
      if (state.passed < (rule.skip ?? 0)) {
        state.passed++
        continue
      }
      if (rule.probability !== undefined && this.#random.next() >= rule.probability) continue
      state.hits++
      if (state.hits >= (rule.times ?? 1)) state.remove()
      return { action: rule.action ?? 'cut', delayMs: rule.delayMs ?? SLOW_MS }
    }
    return null
  }
}

function matches(rule: FaultRule, point: FaultPoint): boolean {
  if (rule.when !== point.when) return false
  if (rule.api !== undefined && (typeof rule.api === 'string' ? rule.api !== point.api : !rule.api.includes(point.api))) return false
  if (rule.purpose !== undefined && rule.purpose !== point.purpose) return false
  if (rule.node !== undefined && rule.node !== point.node) return false
  if (rule.clientId !== undefined && rule.clientId !== point.clientId) return false
  return rule.where?.(point.request) ?? true
}
