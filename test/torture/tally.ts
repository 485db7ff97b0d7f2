/** What is wrong with an output. */
export interface Tally {
  /** Results that are not there. */
  lost: number
  /** Results that are there more often than once. */
  duplicated: number
  /** What else is wrong, a sentence each. */
  readonly problems: string[]
}

/** Compares what was seen with what is expected, each once. What nobody expects is a problem. */
export function tally(expected: readonly string[], seen: readonly string[]): Tally {
  const times = new Map(expected.map((result) => [result, 0]))
  const problems: string[] = []
  for (const result of seen) {
    const known = times.get(result)
    if (known === undefined) problems.push(`there is a result ${result} that nothing gives`)
    else times.set(result, known + 1)
  }
  let lost = 0
  let duplicated = 0
  for (const count of times.values()) {
    if (count === 0) lost++
    else duplicated += count - 1
  }
  return { lost, duplicated, problems }
}
