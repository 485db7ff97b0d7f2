/** Labels of a metric, e.g. `{ thread_id: '...', task_id: '0_1' }`. */
export type MetricLabels = Readonly<Record<string, string>>

/** One metric. What is measured stays a plain field of its owner, bumped in place; `read` looks at it when somebody asks. */
export interface Metric {
  /** Kafka Streams' group (P§9), e.g. `stream-task-metrics`. */
  readonly group: string
  /** Kafka Streams' name, e.g. `dropped-records-total`. */
  readonly name: string
  /** A sentence for people. */
  readonly help: string
  /** A counter only grows. */
  readonly kind: 'counter' | 'gauge'
  readonly labels: MetricLabels
  readonly read: () => number
}

/** A value as it was when somebody asked. */
export interface MetricValue extends Omit<Metric, 'read'> {
  readonly value: number
}

/** The metrics of an application instance. Costs nothing while nobody reads it. */
export class MetricsRegistry {
  readonly #owners = new Set<() => readonly Metric[]>()

  /**
   * Adds the metrics of an owner; the returned function removes them again, when what they measure ends. A function is asked each time
   * somebody reads, for owners that do not know from the beginning what they will measure.
   */
  register(metrics: readonly Metric[] | (() => readonly Metric[])): () => void {
    // Its own function, so that the same owner may be added twice and each is removed alone.
    const owner = (): readonly Metric[] => (typeof metrics === 'function' ? metrics() : metrics)
    this.#owners.add(owner)
    return () => void this.#owners.delete(owner)
  }

  /** All values, in the order in which the metrics were registered. */
  read(): readonly MetricValue[] {
    return [...this.#owners].flatMap((owner) => owner().map(({ read, ...metric }) => ({ ...metric, value: read() })))
  }
}
