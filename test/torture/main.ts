// `npm run torture -- --kills N --seed S`: kills applications and brokers, all of them processes, and counts what is lost or there twice.
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { mutants } from '../simulation/mutants.ts'
import { readKillOptions } from './kill-options.ts'
import { planRounds } from './rounds.ts'
import { runRound } from './run-round.ts'

const HELP = `Usage: npm run torture -- [options]

Runs applications of three processes each on real Kafka brokers while instances are killed with SIGKILL and start again, freeze beyond their
session, and brokers stop, crash and come back. Then Java's consumer reads what is committed, and it is compared with a model. Needs Java 17
and Maven.

  --kills N        how many kills (default 10), spread over guarantees, transaction versions, jobs and clusters of one and three nodes
  --seed S         default: a random one, which is printed
  --mutant NAME    the instances have this known bug of the simulation
  --help           this text

The last line is "N kills, L lost, D duplicated"; the exit code is 1 if anything is wrong.
`

const PROBLEMS_SHOWN = 20

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

const values = readKillOptions('torture', { mutant: mutants.map(({ name }) => name) })
if (values === null) process.exitCode = 2
else if (values.help) process.stdout.write(HELP)
else {
  exitOnSignals()
  const total = { lost: 0, duplicated: 0, problems: 0 }
  print(`seed ${values.seed}`)
  for (const round of planRounds(values.kills, values.seed, values.chosen.mutant ?? null)) {
    const { job, guarantee, transactionVersion, nodes, kills } = round
    print(`${job}, ${guarantee}, transaction version ${transactionVersion}, nodes: ${nodes}, kills: ${kills}, seed ${round.seed}`)
    const { lost, duplicated, problems } = await runRound(round, print)
    for (const problem of problems.slice(0, PROBLEMS_SHOWN)) print(`wrong: ${problem}`)
    if (problems.length > PROBLEMS_SHOWN) print(`and ${problems.length - PROBLEMS_SHOWN} more`)
    print(`${lost} lost, ${duplicated} duplicated`)
    total.lost += lost
    total.duplicated += duplicated
    total.problems += problems.length
  }
  print(`${values.kills} kills, ${total.lost} lost, ${total.duplicated} duplicated`)
  if (total.lost + total.duplicated + total.problems > 0) process.exitCode = 1
}
