import { judgesRow, type ParityRow, parityRows } from './parity-rows.ts'
import { readRecorded, scenarioFiles } from './recorded-answers.ts'

/** A row with the scenarios that judge it: how many of each file. */
export interface JudgedRow {
  readonly row: ParityRow
  readonly scenarios: ReadonlyMap<string, number>
}

/** All rows of issue 4. */
export function judgedRows(): readonly JudgedRow[] {
  const files = scenarioFiles().map((file) => ({ file, scenarios: readRecorded(file).map(({ scenario }) => scenario) }))
  return parityRows.map((row) => {
    const counts = files.map(({ file, scenarios }) => [file, scenarios.filter((scenario) => judgesRow(row, scenario)).length] as const)
    return { row, scenarios: new Map(counts.filter(([, count]) => count > 0)) }
  })
}

/** The text of docs/parity.md. */
export function parityPage(rows: readonly JudgedRow[]): string {
  const total = scenarioFiles().reduce((sum, file) => sum + readRecorded(file).length, 0)
  const lines = rows.map(({ row, scenarios }) => `| ${row.id} | ${row.feature} | ${stateOf(row)} | ${shown(scenarios)} |`)
  return `# Parity with Kafka Streams

What of Kafka Streams 4.3.1 is here, and what judges it. A row is **judged** where scenarios of \`test/oracle/scenarios\` show that Java's library
and this one give the same records, stores, descriptions, internal topics and errors for the same input; \`npm run oracle -- run\` asks Java
again, \`npm run oracle -- random\` asks about scenarios made at random. There are ${total} scenarios by hand. What differs on purpose is in
[differences](differences.md), what the oracle does not look at in its [README](../test/oracle/README.md#what-is-not-judged).

This page is generated from \`test/oracle/parity-rows.ts\` and the scenarios: \`UPDATE=1 npm run unit\`.

| row | feature | state | scenarios |
| --- | ------- | ----- | --------- |
${lines.join('\n')}
`
}

function stateOf({ notJudged, difference }: ParityRow): string {
  if (difference !== undefined) return `deliberate difference: ${difference}`
  return notJudged === undefined ? 'judged' : `not judged: ${notJudged}`
}

/** The files with the most scenarios, and how many others there are. */
function shown(scenarios: ReadonlyMap<string, number>): string {
  const sorted = [...scenarios].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const first = sorted.slice(0, 4).map(([file, count]) => `${file} ${count}`)
  const rest = sorted.slice(4).reduce((sum, [, count]) => sum + count, 0)
  return [...first, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ')
}
