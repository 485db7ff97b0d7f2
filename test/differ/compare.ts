import { Prng } from '../../src/base/prng.ts'
import { type DifferCluster, embeddedCluster } from './differ-cluster.ts'
import { drawOperations, type Operation, producerNames } from './operation.ts'
import { Session } from './session.ts'

/** Where two clusters have parted. */
export interface Difference {
  /** What led there; the last one is answered differently. */
  readonly operations: readonly Operation[]
  readonly answers: readonly string[]
  readonly kafka: string
  readonly embedded: string
}

/** Operations of a sequence. */
const LENGTH = 60
const AT_ONCE = 4

const SHRINK_RUNS_MAX = 60

/** How many sessions there were: each has names of its own on the cluster that all share. */
let sessions = 0

/** Runs the sequences of `count` seeds, several at once, and tells of each that is answered differently. */
export async function compareSeeds(
  { from, count }: { readonly from: number; readonly count: number },
  kafka: DifferCluster,
  onDifference: (seed: number, difference: Difference) => void,
): Promise<void> {
  let next = from
  const work = async (): Promise<void> => {
    while (next < from + count) {
      const seed = next++
      const difference = await compareSeed(seed, kafka)
      if (difference !== null) onDifference(seed, difference)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** Runs the sequence of a seed on Kafka and on an embedded cluster; the shortest part that shows a difference, `null` if there is none. */
async function compareSeed(seed: number, kafka: DifferCluster): Promise<Difference | null> {
  const found = await compareOperations(drawOperations(new Prng(seed), LENGTH), kafka, seed)
  return found === null ? null : shrink(found, kafka, seed)
}

async function compareOperations(operations: readonly Operation[], kafka: DifferCluster, seed: number): Promise<Difference | null> {
  const embedded = embeddedCluster(seed)
  const prefix = `differ-${process.pid}-${seed}-${sessions++}`
  const real = await Session.open(kafka, prefix)
  const ours = await embedded.settle(Session.open(embedded, prefix))
  const answers: string[] = []
  try {
    for (const [index, operation] of operations.entries()) {
      const expected = await real.run(operation, index).catch(describeFailure)
      const actual = await embedded.settle(ours.run(operation, index)).catch(describeFailure)
      if (expected !== actual) return { operations: operations.slice(0, index + 1), answers, kafka: expected, embedded: actual }
      answers.push(actual)
    }
    return null
  } finally {
    await real.close()
    await embedded.settle(ours.close())
    embedded.close()
  }
}

function describeFailure(error: unknown): string {
  return `no answer: ${String(error)}`
}

/** Leaves out what is not needed for a difference; the producers keep their ids. */
async function shrink(found: Difference, kafka: DifferCluster, seed: number): Promise<Difference> {
  let best = found
  let runs = 0
  for (let size = Math.ceil(best.operations.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = producerNames.length; from < best.operations.length - 1 && runs < SHRINK_RUNS_MAX;) {
      runs++
      const without = best.operations.toSpliced(from, Math.min(size, best.operations.length - 1 - from))
      const smaller = await compareOperations(without, kafka, seed)
      if (smaller === null) from += size
      else best = smaller
    }
  }
  return best
}

/** A difference to be read. */
export function describeDifference(seed: number, { operations, answers, kafka, embedded }: Difference): string {
  const lines = operations.map(
    (operation, index) => `  ${JSON.stringify(operation)}${index < answers.length ? ` -> ${answers[index]}` : ''}`,
  )
  return [`seed ${seed}:`, ...lines, `  Kafka:    ${kafka}`, `  embedded: ${embedded}`].join('\n')
}
