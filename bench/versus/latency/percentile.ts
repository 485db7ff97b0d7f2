/** The smallest figure that at least this share of them, 0 to 1, does not exceed; they are sorted. NaN: there is none. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
