import { HELP, readCommand, UsageError } from './command-line.ts'
import { loadMutant } from './load-mutant.ts'
import { mutants } from './mutants.ts'
import { runMutants } from './run-mutants.ts'

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Puts the bug in before anything is loaded that could have it. Gives a function that says whether it was. */
function applyMutant(name: string): () => boolean {
  const mutant = mutants.find((candidate) => candidate.name === name)
  if (mutant === undefined) throw new UsageError(`unknown mutant ${name}, there are: ${mutants.map((known) => known.name).join(', ')}`)
  return loadMutant(mutant)
}

async function run(args: readonly string[]): Promise<number> {
  const command = readCommand(args)
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP)
      return 0
    case 'mutants':
      return (await runMutants(command.seeds, print)) === 0 ? 0 : 1
    case 'seeds': {
      const isApplied = command.mutant === null ? () => true : applyMutant(command.mutant)
      const { runSeeds } = await import('./run-seeds.ts')
      const failures = await runSeeds({ ...command, print })
      if (!isApplied()) throw new UsageError(`mutant ${command.mutant} is in a file that is not loaded`)
      return failures === 0 ? 0 : 1
    }
  }
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`simulate: ${error.message}\nSee: npm run simulate -- --help\n`)
  process.exitCode = 2
}
