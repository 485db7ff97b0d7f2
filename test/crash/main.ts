// `npm run crash -- --kills N --seed S`: kills a process that works on its stores, and compares them with their changelogs.
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { readKillOptions } from '../torture/kill-options.ts'
import { type EngineName, engineNames } from './open-engines.ts'
import { deeds, type MutantName } from './reports.ts'
import { planRounds } from './rounds.ts'
import { runRound } from './run-round.ts'

const HELP = `Usage: npm run crash -- [options]

A process works on its stores, with real files, and on their changelogs: writes, commits, aborts, replays, closes, flushes, merges, wipes,
windows that expire. It is killed with SIGKILL at any moment, and started again. Each time its stores must be what the committed part of
the changelogs comes to: as they are found up to their stored offsets, and after the replay to the end; and the replay must be short.

  --kills N        how many kills (default 10), spread over engines, guarantees and transaction versions
  --seed S         default: a random one, which is printed
  --engine NAME    only this engine: ${engineNames.join(', ')}
  --mutant NAME    the engine has a deliberate break: offsets-first
  --help           this text

The last line is "N kills, B bad"; the exit code is 1 if anything is wrong.
`

const PROBLEMS_SHOWN = 10

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const values = readKillOptions('crash', { engine: engineNames, mutant: ['offsets-first'] })
if (values === null) process.exitCode = 2
else if (values.help) process.stdout.write(HELP)
else {
  exitOnSignals()
  let bad = 0
  print(`seed ${values.seed}`)
  const { engine: chosen, mutant } = values.chosen
  const choice = { engine: chosen as EngineName | undefined, mutant: mutant as MutantName | undefined }
  for (const round of planRounds(values.kills, values.seed, choice)) {
    const { engine, guarantee, transactionVersion, kills, seed } = round
    const startMs = performance.now()
    const result = await runRound(round)
    for (const problem of result.problems.slice(0, PROBLEMS_SHOWN)) print(`wrong: ${problem}`)
    if (result.problems.length > PROBLEMS_SHOWN) print(`and ${result.problems.length - PROBLEMS_SHOWN} more`)
    const { total, most, afterClose } = result.replayed
    print(
      `${engine}, ${guarantee}, transaction version ${transactionVersion}, seed ${seed}: ${kills} kills, ${result.bad} bad; ` +
        `${result.comparisons} comparisons, ${total} records replayed, ${most} at most after a kill, ${afterClose} after a close; ` +
        `${((performance.now() - startMs) / 1000).toFixed(1)} s`,
    )
    print(`  ${deeds.map((deed) => `${result.did[deed] ?? 0} ${deed}`).join(', ')}`)
    bad += result.bad
  }
  print(`${values.kills} kills, ${bad} bad`)
  if (bad > 0) process.exitCode = 1
}
