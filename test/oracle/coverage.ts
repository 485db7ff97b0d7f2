import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JavaOracle } from './java-oracle.ts'
import { resolveJar } from './maven.ts'
import { readRecorded, scenarioFiles } from './recorded-answers.ts'
import { runJava } from './run-java.ts'

/** How much of a package of the library the hand-written scenarios run. */
export interface PackageCoverage {
  /** E.g. `kstream.internals`. */
  readonly name: string
  readonly coveredLines: number
  readonly lines: number
  /** Methods of which no line was run: `Class.method`, in order of their names. */
  readonly uncovered: readonly UncoveredMethod[]
}

/** A method that nothing ran. */
export interface UncoveredMethod {
  readonly name: string
  readonly lines: number
}

/** The part of the lines of each package that the hand-written scenarios must run: issue 4.5. */
export const coverageGoals: Readonly<Record<string, number>> = { 'kstream.internals': 0.9, 'state.internals': 0.85 }

/** Runs the hand-written scenarios in a JVM with JaCoCo's agent. */
export async function measureCoverage(): Promise<PackageCoverage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-coverage-'))
  try {
    const written = join(folder, 'jacoco.exec')
    const agent = `-javaagent:${resolveJar('org.jacoco.agent', 'coverage')}=destfile=${written},includes=org.apache.kafka.streams.*`
    using java = new JavaOracle(agent)
    for (const file of scenarioFiles()) for (const { scenario } of readRecorded(file)) await java.run(scenario)
    await java.end()
    return packagesOf(runJava('Coverage', 'oracle.Coverage', [written, resolveJar('kafka-streams', 'coverage')], 'coverage'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function packagesOf(printed: string): PackageCoverage[] {
  const rows = printed
    .trim()
    .split('\n')
    .map((line) => line.split('\t') as [string, string, string, string, string])
  return Object.keys(coverageGoals).map((name) => {
    const own = rows.filter(([type]) => type.startsWith(`org/apache/kafka/streams/${name.replace('.', '/')}/`))
    const methods = own.map(([type, method, , covered, lines]) => ({
      name: `${type.slice(type.lastIndexOf('/') + 1).replaceAll('$', '.')}.${method}`,
      covered: Number(covered),
      lines: Number(lines),
    }))
    return {
      name,
      coveredLines: methods.reduce((sum, { covered }) => sum + covered, 0),
      lines: methods.reduce((sum, { lines }) => sum + lines, 0),
      uncovered: methods.filter(({ covered }) => covered === 0).map(({ name: method, lines }) => ({ name: method, lines })),
    }
  })
}
