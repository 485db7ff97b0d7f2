import { coverageGoals, type PackageCoverage, type UncoveredMethod } from './coverage.ts'
import { reasonOf } from './uncovered-reasons.ts'

/** E.g. `3095 of 6564 lines, 47.2 %`. */
export function coverageText(covered: number, lines: number): string {
  return `${covered} of ${lines} lines, ${((100 * covered) / lines).toFixed(1)} %`
}

/** The text of docs/internals/oracle-coverage.md. */
export function coveragePage(packages: readonly PackageCoverage[]): string {
  return `# What the scenarios run of the Java library

\`npm run oracle -- coverage\` runs the hand-written scenarios of [the oracle](../../test/oracle/README.md) in Java with JaCoCo, and counts the lines
of two packages of Kafka Streams 4.3.1. Left out are classes of RocksDB, composite stores, providers of stores, metadata of instances,
checkpoints, column families, migrations and metrics, and the methods that answer interactive queries: they are about Java's disk, or not about
what a topology makes of its records. With \`UPDATE=1\` it writes this page; reasons are in \`test/oracle/uncovered-reasons.ts\`.

${packages.map(sectionOf).join('\n')}`
}

function sectionOf({ name, coveredLines, lines, uncovered }: PackageCoverage): string {
  const byReason = new Map<string, UncoveredMethod[]>()
  for (const method of uncovered) {
    const reason = reasonOf(method.name) ?? 'not yet'
    byReason.set(reason, [...(byReason.get(reason) ?? []), method])
  }
  const groups = [...byReason].toSorted(([, a], [, b]) => linesOf(b) - linesOf(a))
  return `## ${name}

${coverageText(coveredLines, lines)}; required are ${100 * coverageGoals[name]!} %. Methods that nothing runs, by the reason:

${groups.map(([reason, methods]) => `- **${reason}** (${linesOf(methods)} lines): ${namesOf(methods)}`).join('\n')}
`
}

function linesOf(methods: readonly UncoveredMethod[]): number {
  return methods.reduce((sum, { lines }) => sum + lines, 0)
}

/** Class by class. */
function namesOf(methods: readonly UncoveredMethod[]): string {
  const byClass = new Map<string, Set<string>>()
  for (const { name } of methods) {
    const cut = name.lastIndexOf('.')
    const type = name.slice(0, cut)
    byClass.set(type, (byClass.get(type) ?? new Set()).add(name.slice(cut + 1)))
  }
  return [...byClass].map(([type, names]) => `\`${type}\` ${[...names].map((name) => `\`${name}\``).join(' ')}`).join(', ')
}
