import type { NodeContext } from '../../processor/node-context.ts'

/**
 * When an operator that emits on window close gives results, and what it says of that (P§3.7). The time up to which windows are emitted is
 * kept with the committed offsets, under the name of the store, so that no window is emitted twice, whoever goes on.
 */
export class Emission {
  readonly #context: NodeContext
  readonly #store: string
  #nextMs = 0
  #emittedTotal = 0
  #runs = 0
  #latencyMsTotal = 0
  #latencyMsMax = 0
  #closedBefore: number

  constructor(context: NodeContext, store: string) {
    this.#context = context
    this.#store = store
    this.#closedBefore = context.processorTime(store) ?? -1
    context.addMetrics([
      { name: 'window-aggregate-final-emit-total', help: 'Results given when their windows closed', read: () => this.#emittedTotal },
      {
        name: 'window-aggregate-final-emit-latency-avg',
        help: 'Mean time that it took to look for closed windows and emit them, in milliseconds',
        read: () => this.#latencyMsTotal / Math.max(this.#runs, 1),
      },
      {
        name: 'window-aggregate-final-emit-latency-max',
        help: 'Longest time that it took to look for closed windows and emit them, in milliseconds',
        read: () => this.#latencyMsMax,
      },
    ])
  }

  /** The close time of the last emission, -1 before the first. */
  get closedBefore(): number {
    return this.#closedBefore
  }

  /**
   * Whether to look for windows that `closeTime` closes: not sooner after the last look than the emit interval, and only if it has moved
   * on. Counts as a look.
   */
  isDue(closeTime: number): boolean {
    const { systemTime, emitIntervals } = this.#context
    if (systemTime < this.#nextMs) return false
    this.#nextMs = systemTime + emitIntervals.windows
    return this.#closedBefore === -1 || this.#closedBefore < closeTime
  }

  /** Runs `emit`, which gives the results of the windows that `closeTime` closes and returns how many they are. */
  run(closeTime: number, emit: () => number): void {
    const startMs = this.#context.readWallClock()
    this.#emittedTotal += emit()
    const latencyMs = this.#context.readWallClock() - startMs
    this.#runs++
    this.#latencyMsTotal += latencyMs
    this.#latencyMsMax = Math.max(this.#latencyMsMax, latencyMs)
    this.#closedBefore = closeTime
    this.#context.setProcessorTime(this.#store, closeTime)
  }
}
