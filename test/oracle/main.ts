import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { compareAnswers } from './compare-answers.ts'
import { coverageGoals, measureCoverage } from './coverage.ts'
import { coveragePage, coverageText } from './coverage-page.ts'
import { reasonOf } from './uncovered-reasons.ts'
import { generateScenario, generateTopology } from './generate-scenario.ts'
import { JavaOracle } from './java-oracle.ts'
import { judge } from './judge.ts'
import { type FoundScenario, readScenarios } from './read-scenarios.ts'
import { recordAnswers } from './recorded-answers.ts'
import { runScenario } from './run-scenario.ts'
import { shrinkScenario } from './shrink-scenario.ts'
import { scenarioStatistics } from './statistics.ts'

const HELP = `Usage: npm run oracle -- run PATH...
       npm run oracle -- random --seed S --count N
       npm run oracle -- statistics --seed S --count N
       npm run oracle -- topologies --seed S --count N
       npm run oracle -- coverage
       npm run oracle -- record [PATH...]

Runs scenarios with Kafka Streams' test driver (Java) and with ours, and compares all that they make. "run" takes files and folders (their
form: test/oracle/README.md), "random" makes N scenarios of its own from seed S on, and shrinks what differs.
"statistics" says what the scenarios of these seeds contain, and runs none: operators, pairs of them, settings.
"topologies" makes N topologies, builds them on both sides without running them, and compares their descriptions and internal topics.
"coverage" runs the scenarios of test/oracle/scenarios in Java, and prints which lines of the library they run; UPDATE=1
writes docs/internals/oracle-coverage.md.
"record" writes down what Java says about the scenarios of test/oracle/scenarios, or of the given files there, for the tests that run without
Java.

  --seed S     the first seed (default 1)
  --count N    how many (default 100)
  --no-shrink  print a scenario that differs as it is
  --help       this text

The last line is "N scenarios, D differences"; the exit code is 1 if D is not 0, or if more than 0.5 % are discarded because Java differs
from itself.
`

/** What the scenarios came to. */
interface Totals {
  scenarios: number
  differences: number
  discarded: number
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function judgeAll(scenarios: Iterable<FoundScenario>, isShrinking: boolean): Promise<Totals> {
  using java = new JavaOracle()
  const totals: Totals = { scenarios: 0, differences: 0, discarded: 0 }
  for (const { name, scenario, asked } of askedAhead(scenarios, java)) {
    const { differences, isDiscarded, java: answer } = await judge(scenario, java, asked)
    totals.scenarios++
    if (answer.refused !== undefined) print(`${name} is refused: ${answer.refused}`)
    if (isDiscarded) {
      totals.discarded++
      print(`${name} is discarded, Java differs from itself:`)
      for (const line of differences) print(`  ${line}`)
      continue
    }
    if (differences.length === 0) continue
    totals.differences++
    print(`${name} differs:`)
    if (!isShrinking) {
      for (const line of differences) print(`  ${line}`)
      continue
    }
    const subject = subjectOf(differences)
    const isSame = async (smaller: object): Promise<boolean> => {
      const found = compareAnswers(await java.run(smaller), runScenario(smaller))
      return found.length > 0 && subjectOf(found) === subject
    }
    const smallest = await shrinkScenario(scenario, isSame)
    for (const line of compareAnswers(await java.run(smallest), runScenario(smallest))) print(`  ${line}`)
    print(`  shrunk to ${JSON.stringify(smallest)}`)
  }
  return totals
}

/** So many scenarios Java has to work on while ours are compared. */
const AHEAD = 8

/** The scenarios, each with what Java was asked: some of those that follow it are asked, too. */
function* askedAhead(
  scenarios: Iterable<FoundScenario>,
  java: JavaOracle,
): Generator<FoundScenario & { readonly asked: ReturnType<JavaOracle['run']> }> {
  const waiting: (FoundScenario & { readonly asked: ReturnType<JavaOracle['run']> })[] = []
  for (const found of scenarios) {
    const asked = java.run(found.scenario)
    // Whoever comes to it is told.
    asked.catch(() => undefined)
    waiting.push({ ...found, asked })
    if (waiting.length > AHEAD) yield waiting.shift()!
  }
  yield* waiting
}

/** The kind of the first difference, and of an error what Java says it is: a shrunk scenario must differ in the same. */
function subjectOf(differences: readonly string[]): string {
  const first = differences[0]!
  return /^error: Java (nothing|"\w+)/.exec(first)?.[0] ?? first.split(/[:"]/)[0]!
}

function* generated(seed: number, count: number, generate: (seed: number) => object): Generator<FoundScenario> {
  for (let index = 0; index < count; index++) yield { name: `seed ${seed + index}`, scenario: generate(seed + index) }
}

async function printCoverage(): Promise<number> {
  const packages = await measureCoverage()
  for (const { name, uncovered } of packages) {
    print(`methods of ${name} that no scenario runs, and of which nobody has written why, with their lines:`)
    for (const method of uncovered) if (reasonOf(method.name) === null) print(`  ${method.name} ${method.lines}`)
  }
  if (process.env['UPDATE'] === '1')
    writeFileSync(new URL('../../docs/internals/oracle-coverage.md', import.meta.url), coveragePage(packages))
  for (const { name, coveredLines, lines } of packages)
    print(`${name}: ${coverageText(coveredLines, lines)}, required ${100 * coverageGoals[name]!} %`)
  return packages.some(({ name, coveredLines, lines }) => coveredLines < coverageGoals[name]! * lines) ? 1 : 0
}

function readCount(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new RangeError(`--${name} takes a whole number, not "${text}"`)
  return Number(text)
}

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '100' },
      'no-shrink': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [command, ...paths] = positionals
  if (command === 'record') {
    using java = new JavaOracle()
    const files = paths.length === 0 ? undefined : paths.map((path) => basename(path))
    print(`${await recordAnswers(java, files)} scenarios recorded`)
    return 0
  }
  if (command === 'coverage' && paths.length === 0) return printCoverage()
  if (command === 'statistics') {
    for (const line of scenarioStatistics(readCount(values.seed, 'seed'), readCount(values.count, 'count'))) print(line)
    return 0
  }
  const generate = command === 'random' ? generateScenario : command === 'topologies' ? generateTopology : null
  if (values.help || (generate === null && (command !== 'run' || paths.length === 0))) {
    process.stdout.write(HELP)
    return values.help ? 0 : 2
  }
  const isShrinking = generate !== null && !values['no-shrink']
  const scenarios =
    generate === null ? paths.flatMap(readScenarios) : generated(readCount(values.seed, 'seed'), readCount(values.count, 'count'), generate)
  const totals = await judgeAll(scenarios, isShrinking)
  if (totals.discarded > 0) print(`${totals.discarded} discarded: Java differs from itself`)
  print(`${totals.scenarios} ${command === 'topologies' ? 'topologies' : 'scenarios'}, ${totals.differences} differences`)
  return totals.differences > 0 || totals.discarded > totals.scenarios / 200 ? 1 : 0
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  // Mistakes on the command line: what Node says of options and files is a sentence.
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^ERR_PARSE_ARGS|^ENOENT$/.test(code)) throw error
  process.stderr.write(`oracle: ${(error as Error).message}\nSee: npm run oracle -- --help\n`)
  process.exitCode = 2
}
