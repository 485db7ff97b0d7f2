/**
 * Rate, mean and greatest of the values of the last few windows of time: what Kafka's `-rate`, `-avg` and `-max` metrics show (P§9:
 * `metrics.num.samples` windows of `metrics.sample.window.ms`). Times come from the caller, in milliseconds of a clock that never goes
 * back.
 */
export class SampledStats {
  readonly #windowMs: number
  readonly #samples: Sample[]

  /** Defaults: 2 windows of 30 s, as in Kafka. */
  constructor({ sampleCount = 2, windowMs = 30_000 }: { readonly sampleCount?: number; readonly windowMs?: number } = {}) {
    this.#windowMs = windowMs
    this.#samples = Array.from({ length: sampleCount }, () => ({ window: -Infinity, startMs: 0, count: 0, sum: 0, max: -Infinity }))
  }

  record(value: number, nowMs: number): void {
    const sample = this.#sampleAt(nowMs)
    sample.count++
    sample.sum += value
    if (value > sample.max) sample.max = value
  }

  /** Values per second. */
  countRate(nowMs: number): number {
    return this.#perSecond('count', nowMs)
  }

  /** Sum of the values per second. */
  sumRate(nowMs: number): number {
    return this.#perSecond('sum', nowMs)
  }

  /** NaN where there are no values, as in Kafka. */
  mean(nowMs: number): number {
    let count = 0
    let sum = 0
    for (const sample of this.#current(nowMs)) {
      count += sample.count
      sum += sample.sum
    }
    return count === 0 ? Number.NaN : sum / count
  }

  /** NaN where there are no values. */
  max(nowMs: number): number {
    let max = -Infinity
    for (const sample of this.#current(nowMs)) max = Math.max(max, sample.max)
    return max === -Infinity ? Number.NaN : max
  }

  #perSecond(field: 'count' | 'sum', nowMs: number): number {
    const current = this.#current(nowMs)
    if (current.length === 0) return 0
    let total = 0
    let startMs = nowMs
    for (const sample of current) {
      total += sample[field]
      startMs = Math.min(startMs, sample.startMs)
    }
    // At the beginning there are fewer windows than there will be: Kafka counts all but one of them as over, so that a rate does not start high.
    const elapsedMs = Math.max(nowMs - startMs, (this.#samples.length - 1) * this.#windowMs)
    return (total / elapsedMs) * 1000
  }

  #sampleAt(nowMs: number): Sample {
    const window = Math.floor(nowMs / this.#windowMs)
    const sample = this.#samples[window % this.#samples.length]!
    if (sample.window !== window) {
      sample.window = window
      sample.startMs = nowMs
      sample.count = 0
      sample.sum = 0
      sample.max = -Infinity
    }
    return sample
  }

  #current(nowMs: number): Sample[] {
    const oldest = Math.floor(nowMs / this.#windowMs) - this.#samples.length
    return this.#samples.filter((sample) => sample.window > oldest)
  }
}

interface Sample {
  window: number
  startMs: number
  count: number
  sum: number
  max: number
}
