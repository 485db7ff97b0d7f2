import type { GroupHost, NewTopic } from '../group-host.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'

interface Failure {
  readonly message: string
  readonly untilMs: number
}

/** Makes the internal topics of groups in the background, each once at a time, and remembers for a while what failed (N§1.12). */
export class InternalTopicCreator {
  readonly #host: GroupHost
  readonly #inFlight = new Set<string>()
  readonly #failures = new Map<string, Map<string, Failure>>()

  constructor(host: GroupHost) {
    this.#host = host
  }

  /** Starts to make `topics`; a failure is kept for `failureMs`. */
  create(groupId: string, topics: readonly NewTopic[], failureMs: number): void {
    const wanted = topics.filter(({ name }) => !this.#inFlight.has(name))
    if (wanted.length === 0) return
    for (const { name } of wanted) this.#inFlight.add(name)
    this.#host.environment.scheduler.soon(() => {
      for (const { name } of wanted) this.#inFlight.delete(name)
      const failures = new Map<string, Failure>()
      const untilMs = this.#host.environment.clock.monotonic() + failureMs
      for (const { name, errorCode, errorMessage } of this.#host.createTopics(wanted)) {
        if (errorCode === kafkaErrors.NONE || errorCode === kafkaErrors.TOPIC_ALREADY_EXISTS) continue
        failures.set(name, { message: errorMessage ?? `error ${errorCode}`, untilMs })
      }
      this.#failures.set(groupId, failures)
    })
  }

  /** What went wrong lately for these topics, three at most, in words; empty if nothing. */
  failuresOf(groupId: string, topics: readonly NewTopic[]): string {
    const nowMs = this.#host.environment.clock.monotonic()
    const failures = this.#failures.get(groupId)
    const texts = topics.flatMap(({ name }) => {
      const failure = failures?.get(name)
      return failure === undefined || failure.untilMs < nowMs ? [] : [`${name}: ${failure.message}`]
    })
    return texts.slice(0, 3).join('; ')
  }
}
