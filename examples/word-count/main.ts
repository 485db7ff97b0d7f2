import { setTimeout as sleep } from 'node:timers/promises'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { type RunnableApplication, TIMEOUTS } from '../instance.ts'
import { HELP, type Options, readOptions, UsageError } from './options.ts'
import { Screen } from './screen.ts'
import { openStage, type Stage } from './stage.ts'
import { countPlainly, readText } from './text.ts'
import { APPLICATION_ID, builder, lines, wordCounts, words } from './topology.ts'
import { openWordCounter, type WordCounter } from './word-counter.ts'

const screen = new Screen(process.stdout)
const LINES_PER_BATCH = 500

/** Puts the lines into the topic, batch by batch, round robin over the partitions. */
async function produce(stage: Stage, text: readonly string[], partitions: number): Promise<void> {
  for (let start = 0; start < text.length; start += LINES_PER_BATCH) {
    const values = text.slice(start, start + LINES_PER_BATCH).map((line) => Buffer.from(line))
    stage.append(lines.name, (start / LINES_PER_BATCH) % partitions, values)
  }
  await stage.flush()
}

/** Shows how far the instances are until everything is processed; kills and replaces one half-way if `options` say so. */
async function watch(stage: Stage, instances: WordCounter[], total: number, options: Options): Promise<void> {
  const startMs = performance.now()
  let isCrashDue = options.crash
  for (;;) {
    const read = await stage.progress(APPLICATION_ID, lines.name)
    const done = read.reduce((sum, { committed }) => sum + committed, 0)
    const nowMs = performance.now()
    const recordsPerSecond = (1000 * done) / (nowMs - startMs)
    screen.progress({ done, total, recordsPerSecond, instances: instances.map(({ name, state }) => [name, state]) }, nowMs)
    if (isCrashDue && done >= total / 2) {
      isCrashDue = false
      const victim = instances.at(-1)!
      victim.kill()
      screen.say(`${victim.name} was killed without warning; its replacement starts`)
      const replacement = open(stage, instances.length + 1, options)
      instances.push(replacement)
      void replacement.start()
    }
    if (done >= total && (await isDone(stage, instances))) return
    await sleep(100)
  }
}

/** Whether the words of all lines are counted for good, and the instances are well. */
async function isDone(stage: Stage, instances: readonly WordCounter[]): Promise<boolean> {
  const counted = await stage.progress(APPLICATION_ID, words)
  const isCounted = counted.length > 0 && counted.every(({ committed, end }) => committed >= end)
  return isCounted && instances.every(({ state }) => state === 'RUNNING' || state === 'killed')
}

function open(stage: Stage, number: number, { processes }: Options): WordCounter {
  const application: RunnableApplication = { applicationId: APPLICATION_ID, builder, ...stage.reach }
  return openWordCounter(`instance-${number}`, application, processes)
}

/** The counts of all instances together. A word is counted by one of them only. */
async function collect(instances: readonly WordCounter[]): Promise<Map<string, number>> {
  const counted = new Map<string, number>()
  for (const instance of instances) {
    if (instance.state !== 'RUNNING') continue
    for (const [word, count] of await instance.counts()) counted.set(word, (counted.get(word) ?? 0) + count)
  }
  return counted
}

/** Compares with the plain loop; says what differs. Whether nothing does. */
function verify(counted: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): boolean {
  const words = [...expected.values()].reduce((sum, count) => sum + count, 0)
  const differing = [...new Set([...expected.keys(), ...counted.keys()])].filter((word) => counted.get(word) !== expected.get(word))
  if (differing.length === 0) {
    screen.say(`verified: ${words} words, ${expected.size} distinct, identical`)
    return true
  }
  for (const word of differing.slice(0, 10))
    screen.say(`  "${word}": ${counted.get(word) ?? 0} counted, ${expected.get(word) ?? 0} expected`)
  screen.say(`failed: ${differing.length} of ${expected.size} words differ`)
  return false
}

async function run(options: Options): Promise<boolean> {
  const text = readText(options.files)
  screen.say(
    `${(text.bytes / 1e6).toFixed(1)} MB of text out of ${text.files} files, ${text.lines.length} lines, ${options.partitions} partitions`,
  )
  screen.say(
    `time-outs, short for this example: session ${TIMEOUTS.sessionTimeoutMs} ms, heartbeat ${TIMEOUTS.heartbeatIntervalMs} ms, ` +
      `transaction ${TIMEOUTS.transactionTimeoutMs} ms, scan ${TIMEOUTS.transactionScanIntervalMs} ms`,
  )
  await using stage = await openStage(options)
  screen.say(`on ${stage.name}`)
  for (const { name } of [lines, wordCounts]) await stage.createTopic(name, options.partitions)
  await produce(stage, text.lines, options.partitions)
  const instances = Array.from({ length: options.instances }, (_, index) => open(stage, index + 1, options))
  await Promise.all(instances.map((instance) => instance.start()))
  await watch(stage, instances, text.lines.length, options)
  const counted = await collect(instances)
  screen.table([...counted].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 20))
  await Promise.all(instances.map((instance) => instance.close()))
  return verify(counted, countPlainly(text.lines))
}

exitOnSignals()
try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) process.stdout.write(HELP)
  else process.exitCode = (await run(options)) ? 0 : 1
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`word-count: ${error.message}\nSee: npm start -- --help\n`)
  process.exitCode = 2
}
