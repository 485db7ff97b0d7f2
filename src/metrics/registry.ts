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
  readonly #metrics = new Set<Metric>()

  /** Adds metrics; the returned function removes them again, when what they measure ends. */
  register(metrics: readonly Metric[]): () => void {
    for (const metric of metrics) this.#metrics.add(metric)
    return () => {
      for (const metric of metrics) this.#metrics.delete(metric)
    }
  }

  /** All values, in the order in which the metrics were registered. */
  read(): readonly MetricValue[] {
    return Array.from(this.#metrics, ({ read, ...metric }) => ({ ...metric, value: read() }))
  }
}
