import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { JavaOracle } from './java-oracle.ts'
import { readScenarios } from './read-scenarios.ts'
import type { Answer } from './run-scenario.ts'
import { fileURLToPath } from 'node:url'

const scenarios = new URL('./scenarios/', import.meta.url)
const answers = new URL('./answers/scenarios/', import.meta.url)

/** A hand-written scenario with what Java said about it; `null` if it was not asked since the scenario was changed. */
export interface RecordedScenario {
  readonly name: string
  readonly scenario: object
  readonly answer: Answer | null
}

/** Names of the files of hand-written scenarios. */
export function scenarioFiles(): readonly string[] {
  return readdirSync(scenarios).toSorted()
}

/** The scenarios of a file with the recorded answers. */
export function readRecorded(file: string): RecordedScenario[] {
  const recorded = new Map<string, Answer>()
  const path = new URL(file, answers)
  if (existsSync(path)) {
    const content = JSON.parse(readFileSync(path, 'utf8')) as readonly { readonly of: string; readonly answer: Answer }[]
    for (const { of, answer } of content) recorded.set(of, answer)
  }
  return readScenarios(fileURLToPath(new URL(file, scenarios))).map(({ scenario }, index) => {
    const name = 'name' in scenario ? String(scenario.name) : `${index}`
    return { name, scenario, answer: recorded.get(digestOf(scenario)) ?? null }
  })
}

/** Asks Java about the hand-written scenarios of `files` and records what it says. Returns how many there are. */
export async function recordAnswers(java: JavaOracle, files: readonly string[] = scenarioFiles()): Promise<number> {
  mkdirSync(answers, { recursive: true })
  let count = 0
  for (const file of files) {
    const lines: string[] = []
    for (const { scenario } of readRecorded(file)) {
      lines.push(JSON.stringify({ of: digestOf(scenario), answer: withoutMessage(await java.run(scenario)) }))
      count++
    }
    writeFileSync(new URL(file, answers), `[\n${lines.join(',\n')}\n]\n`)
  }
  return count
}

/** Messages of Java have addresses of objects in them, and nothing is compared with them. */
export function withoutMessage(answer: Answer): Answer {
  return answer.error === undefined ? answer : { ...answer, error: { ...answer.error, message: '' } }
}

/** Of all that matters for the answer. */
function digestOf(scenario: object): string {
  const { name: _name, about: _about, rows: _rows, ...asked } = scenario as Readonly<Record<string, unknown>>
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16)
}
