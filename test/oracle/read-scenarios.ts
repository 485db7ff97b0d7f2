import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A scenario of a file. */
export interface FoundScenario {
  /** The file and, where it has several, the place in it or the name. */
  readonly name: string
  readonly scenario: object
}

/** The scenarios of a file, which holds one or an array of them, or of all `.json` files of a folder. */
export function readScenarios(path: string): FoundScenario[] {
  if (statSync(path).isDirectory()) {
    const names = readdirSync(path).filter((name) => name.endsWith('.json') || !name.includes('.'))
    return names.toSorted().flatMap((name) => readScenarios(join(path, name)))
  }
  const content = JSON.parse(readFileSync(path, 'utf8')) as object
  if (!Array.isArray(content)) return [{ name: path, scenario: content }]
  return content.map((scenario: object, index) => ({ name: `${path}: ${nameOf(scenario) ?? index}`, scenario }))
}

function nameOf(scenario: object): string | null {
  return 'name' in scenario && typeof scenario.name === 'string' ? scenario.name : null
}
