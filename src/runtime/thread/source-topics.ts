import type { Timer } from '../../base/environment.ts'
import type { Client } from '../../client/client.ts'
import { isPassing } from '../../client/retry.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { hasPatterns, resolvePatterns } from '../../topology/resolve-patterns.ts'

/** The topics that a topology reads. Those of a pattern are looked for on the cluster, again and again (`metadata.max.age.ms`). */
export class SourceTopics {
  readonly hasPatterns: boolean
  readonly #client: Client
  readonly #declared: PhysicalTopology
  readonly #applicationId: string
  readonly #stopListening: () => void
  readonly #watched = new Set<string>()
  #topology: PhysicalTopology
  #timer: Timer | null = null
  #isLooking = false
  #refreshing: Promise<void> | null = null
  #isClosed = false

  constructor(topology: PhysicalTopology, client: Client, applicationId: string) {
    this.hasPatterns = hasPatterns(topology)
    this.#declared = topology
    this.#topology = topology
    this.#client = client
    this.#applicationId = applicationId
    this.#stopListening = this.hasPatterns ? client.metadata.onUpdate(() => this.#onUpdate()) : () => {}
  }

  /** The topology with the topics that its patterns were found to match. The same object until that changes. */
  get topology(): PhysicalTopology {
    return this.#topology
  }

  /** Looks which topics there are. Rejects with `TopologyError` `TOPIC_TAKEN` where one matches two patterns, or when the cluster does not answer. */
  refresh(): Promise<void> {
    if (!this.hasPatterns || this.#isClosed) return Promise.resolve()
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null))
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const topics = await this.#client.metadata.fetchAllTopics()
    if (this.#isClosed) return
    this.#planAfter(this.#client.options.metadataMaxAgeMs)
    const names = [...topics.values()].filter(({ isInternal }) => !isInternal).map(({ name }) => name)
    const found = resolvePatterns(this.#declared, names, this.#applicationId)
    if (matchedTopics(found).join() === matchedTopics(this.#topology).join()) return
    this.#topology = found
    this.#watch(new Set(matchedTopics(found)))
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#stopListening()
    this.#watch(new Set())
  }

  /** What is watched is heard of when it is deleted. */
  #watch(topics: ReadonlySet<string>): void {
    const { metadata } = this.#client
    for (const topic of topics) {
      if (this.#watched.has(topic)) continue
      this.#watched.add(topic)
      metadata.watch(topic)
    }
    for (const topic of this.#watched) {
      if (topics.has(topic)) continue
      this.#watched.delete(topic)
      metadata.unwatch(topic)
    }
  }

  #onUpdate(): void {
    if (this.#isLooking) return
    for (const topic of this.#watched) {
      if (this.#client.metadata.topic(topic) !== undefined) continue
      this.#planAfter(0)
      return
    }
  }

  #planAfter(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#client.options.environment.scheduler.after(delayMs, () => void this.#look())
  }

  async #look(): Promise<void> {
    const { environment, metadataMaxAgeMs } = this.#client.options
    this.#isLooking = true
    try {
      await this.refresh()
    } catch (error) {
      if (this.#isClosed) return
      environment.logger.warn({ err: error }, 'The topics that the patterns of sources match could not be looked for')
      // So that the leader of the group finds the same, and says so to all.
      if (!isPassing(error)) this.#topology = { ...this.#topology }
      this.#planAfter(metadataMaxAgeMs)
    }
    this.#isLooking = false
  }
}

function matchedTopics({ subtopologies }: PhysicalTopology): string[] {
  const sources = subtopologies.flatMap((subtopology) => subtopology.sources)
  return sources.filter(({ pattern }) => pattern !== null).flatMap(({ topics }) => topics.map(({ name }) => name))
}
