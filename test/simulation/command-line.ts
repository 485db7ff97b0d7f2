/** What the command is to do. */
export type Command =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'seeds'
      readonly from: number
      readonly seeds: number
      readonly isVerbose: boolean
      readonly stopsAtFirst: boolean
      /** The bug to put in, by its name; `null`: none. */
      readonly mutant: string | null
    }
  /** Runs every mutant until it is found, over at most so many seeds. */
  | { readonly kind: 'mutants'; readonly seeds: number }

/** A command line that cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const HELP = `Usage: npm run simulate -- [options]

Runs applications on an embedded cluster with crashes, rebalances and faults, on virtual time, and checks what they put out.

  --from SEED      the first seed (default 1)
  --seeds N        how many seeds (default 100)
  --seed N         one seed only
  --verbose        print what happens
  --stop-at-first  end at the first seed that fails
  --mutants        put known bugs in, one after the other: each must be found within 200 seeds (or --seeds N, or its own number)
  --mutant NAME    put one known bug in
  --help           this text

The last line is "N seeds, F failures"; the exit code is 1 if F is not 0.
`

const FOUND_WITHIN = 200

/** Reads the arguments after the name of the script. Throws `UsageError`. */
export function readCommand(args: readonly string[]): Command {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  for (let index = 0; index < args.length; index++) {
    const name = args[index]!
    if (['--verbose', '--stop-at-first', '--mutants', '--help'].includes(name)) flags.add(name)
    else if (['--from', '--seeds', '--seed', '--mutant'].includes(name)) {
      const value = args[++index]
      if (value === undefined) throw new UsageError(`${name} needs a value`)
      values.set(name, value)
    } else throw new UsageError(`unknown option ${name}`)
  }
  if (flags.has('--help')) return { kind: 'help' }
  if (flags.has('--mutants')) return { kind: 'mutants', seeds: readCount(values.get('--seeds'), '--seeds', FOUND_WITHIN) }
  const one = values.get('--seed')
  if (one !== undefined && (values.has('--from') || values.has('--seeds'))) throw new UsageError('--seed goes without --from and --seeds')
  return {
    kind: 'seeds',
    from: readCount(one ?? values.get('--from'), one === undefined ? '--from' : '--seed', 1),
    seeds: one === undefined ? readCount(values.get('--seeds'), '--seeds', 100) : 1,
    isVerbose: flags.has('--verbose'),
    stopsAtFirst: flags.has('--stop-at-first'),
    mutant: values.get('--mutant') ?? null,
  }
}

function readCount(text: string | undefined, option: string, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${option} needs a whole number, not "${text}"`)
  return Number(text)
}
