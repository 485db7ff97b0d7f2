import { byKey, type Guarantee, type Observed, type Problems } from './observed.ts'

/** A record of the input. All records of a partition are processed in its order. */
export interface Amount {
  readonly key: string
  readonly amount: number
  readonly timestamp: number
  readonly partition: number
}

/** The output for one record: how many records of its key there were with it, and their sum. */
export interface Total {
  readonly kind: 'total'
  readonly amount: number
  readonly count: number
  readonly sum: number
}

/** The output of a punctuator: the sum of the amounts that its partition has put out so far. */
export interface Running {
  readonly kind: 'running'
  readonly sum: number
}

/** Count and sum by key: what store and changelog end with. */
export function modelOfSums(amounts: readonly Amount[]): ReadonlyMap<string, { readonly count: number; readonly sum: number }> {
  const model = new Map<string, { count: number; sum: number }>()
  for (const { key, amount } of amounts) {
    const known = model.get(key)
    model.set(key, { count: (known?.count ?? 0) + 1, sum: (known?.sum ?? 0) + amount })
  }
  return model
}

/**
 * Exactly-once: one output per input record, exact and in order; each output of a punctuator is the sum of the outputs before it in its
 * partition, their number is free. At-least-once: at least one output per input record, in order, and the last totals are not too small.
 */
export function checkSums(
  amounts: readonly Amount[],
  outputs: readonly Observed<Total | Running>[],
  { isExactlyOnce }: Guarantee,
): Problems {
  const partitions = new Set([...amounts, ...outputs].map(({ partition }) => partition))
  const check = isExactlyOnce ? checkPartition : checkPartitionAtLeast
  return [...partitions].flatMap((partition) =>
    check(
      amounts.filter((amount) => amount.partition === partition),
      outputs.filter((output) => output.partition === partition),
    ).map((problem) => `partition ${partition}: ${problem}`),
  )
}

function checkPartition(amounts: readonly Amount[], outputs: readonly Observed<Total | Running>[]): Problems {
  const totals = new Map<string, { count: number; sum: number }>()
  let running = 0
  let next = 0
  for (const { key, value, timestamp } of outputs) {
    if (value.kind === 'running') {
      if (value.sum !== running) return [`a punctuator put out ${value.sum} after outputs that sum up to ${running}`]
      continue
    }
    const input = amounts[next++]
    if (input === undefined) return [`output ${next} for "${key}" has no input: there are ${amounts.length}`]
    const known = totals.get(input.key)
    const expected = { count: (known?.count ?? 0) + 1, sum: (known?.sum ?? 0) + input.amount }
    totals.set(input.key, expected)
    running += input.amount
    const isRight = value.amount === input.amount && value.count === expected.count && value.sum === expected.sum
    if (key !== input.key || timestamp !== input.timestamp || !isRight) {
      return [
        `output ${next} is ${show(key, value, timestamp)}, not ${show(input.key, { ...expected, amount: input.amount }, input.timestamp)}`,
      ]
    }
  }
  return next < amounts.length ? [`there are ${next} outputs for ${amounts.length} input records`] : []
}

function checkPartitionAtLeast(amounts: readonly Amount[], outputs: readonly Observed<Total | Running>[]): Problems {
  const problems: string[] = []
  const totals = outputs.filter((output): output is Observed<Total> => output.value.kind === 'total')
  let next = 0
  for (const { key, value } of totals) {
    const input = amounts[next]
    if (input !== undefined && key === input.key && value.amount === input.amount) next++
  }
  if (next < amounts.length) problems.push(`there is no output for input record ${next + 1} of ${amounts.length}`)
  const outputsOf = byKey(totals)
  for (const [key, { count }] of modelOfSums(amounts)) {
    const last = outputsOf.get(key)?.at(-1)
    if (last !== undefined && last.value.count < count)
      problems.push(`the last total of "${key}" counts ${last.value.count} records of ${count}`)
  }
  return problems
}

function show(key: string, { amount, count, sum }: Omit<Total, 'kind'>, timestamp: number): string {
  return `"${key}" amount ${amount} count ${count} sum ${sum} at ${timestamp}`
}
