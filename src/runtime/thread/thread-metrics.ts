import type { Metric, MetricsRegistry } from '../../metrics/registry.ts'

/** What a stream thread counts (P§9.2). Plain numbers, bumped in place. */
export class ThreadMetrics {
  processedRecords = 0
  commits = 0
  commitLatencyMsTotal = 0
  commitLatencyMsMax = 0
  /** Times that the thread went back to what was committed. Not a metric of Kafka Streams. */
  recoveries = 0
  readonly #remove: () => void

  constructor(registry: MetricsRegistry, threadId: string) {
    const metric = (name: string, help: string, read: () => number): Metric => ({
      group: 'stream-thread-metrics',
      name,
      help,
      kind: name.endsWith('-total') ? 'counter' : 'gauge',
      labels: { 'thread-id': threadId },
      read,
    })
    this.#remove = registry.register([
      metric('process-total', 'Records processed', () => this.processedRecords),
      metric('commit-total', 'Commits', () => this.commits),
      metric('commit-latency-avg', 'Mean time of a commit in milliseconds', () => this.commitLatencyMsTotal / Math.max(this.commits, 1)),
      metric('commit-latency-max', 'Longest time of a commit in milliseconds', () => this.commitLatencyMsMax),
      metric('recovery-total', 'Times that the thread went back to its last commit', () => this.recoveries),
    ])
  }

  committed(latencyMs: number): void {
    this.commits++
    this.commitLatencyMsTotal += latencyMs
    this.commitLatencyMsMax = Math.max(this.commitLatencyMsMax, latencyMs)
  }

  /** The thread has ended. */
  close(): void {
    this.#remove()
  }
}
