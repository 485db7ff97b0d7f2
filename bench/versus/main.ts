import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { machineLine } from './machine.ts'
import { markdownTable } from './markdown-table.ts'
import { measure } from './measurement.ts'
import { chosenModes, factorOf, planHelp, planOf, planOptions } from './plan-options.ts'
import { profileModes } from './profile/profile-modes.ts'
import { ratioChart } from './ratio-chart.ts'
import { behindInRate, outcomeProblem, reportOf, tableOf, verdictOf } from './summary.ts'

const HELP = `Usage: npm run bench -- versus [MODE...] [options]

Runs Java's Kafka Streams and Millrace in turn, on one broker and on the same records, and compares them. Needs a JDK 17 and Maven.

${planHelp}  --json FILE      writes medians, spreads and ratios to FILE
  --svg FILE       draws the ratios
  --markdown FILE  writes a table for a document
  --profile DIR    instead: Millrace alone, once; prints where its CPU time goes, by layer, and leaves the profiles in DIR

The last line is "R of M modes ahead of Java".
`

/** `npm run bench -- versus ...`; gives the exit code. */
export async function versus(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...planOptions,
      profile: { type: 'string' },
      json: { type: 'string' },
      svg: { type: 'string' },
      markdown: { type: 'string' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  exitOnSignals()
  if (values.profile !== undefined) return profileModes(chosenModes(positionals), { factor: factorOf(values) }, values.profile)
  const { modes, failures } = await measure(planOf(values, positionals, true))
  const problems = [...modes.map(outcomeProblem).filter((problem) => problem !== null), ...failures]
  process.stdout.write(`\n${machineLine()}\n\n${modes.map(tableOf).join('\n')}\n`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(reportOf(modes), null, 2)}\n`)
  if (values.markdown !== undefined) writeFileSync(values.markdown, markdownTable(reportOf(modes)))
  if (values.svg !== undefined) writeFileSync(values.svg, ratioChart(modes))
  for (const problem of problems) process.stdout.write(`wrong: ${problem}\n`)
  const slower = behindInRate(modes)
  if (slower.length > 0) process.stdout.write(`behind Java in records/s: ${slower.join(', ')}\n`)
  process.stdout.write(`${verdictOf(modes)}\n`)
  return problems.length > 0 ? 1 : 0
}
