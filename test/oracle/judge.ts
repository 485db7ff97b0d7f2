import { compareAnswers } from './compare-answers.ts'
import type { JavaOracle } from './java-oracle.ts'
import { type Answer, runScenario } from './run-scenario.ts'

/** What became of a scenario on both sides. */
export interface Verdict {
  /** What differs between the sides, or between the two runs of Java where `isDiscarded`, a line each; empty: nothing. */
  readonly differences: readonly string[]
  /** Two runs of Java differ from each other: nothing can be said. */
  readonly isDiscarded: boolean
  readonly java: Answer
}

/** Runs `scenario` on both sides. `asked`: what Java was asked already. Java runs a second time only where they differ. */
export async function judge(scenario: object, java: JavaOracle, asked: Promise<Answer> = java.run(scenario)): Promise<Verdict> {
  // While Java works.
  const ours = runScenario(scenario)
  const first = await asked
  const differences = compareAnswers(first, ours)
  if (differences.length === 0) return { differences, isDiscarded: false, java: first }
  const unstable = compareAnswers(first, await java.run(scenario))
  return unstable.length > 0 ? { differences: unstable, isDiscarded: true, java: first } : { differences, isDiscarded: false, java: first }
}
