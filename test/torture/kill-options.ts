import { parseArgs } from 'node:util'

/** The options of a command that kills: how often, from which seed on, and what may be chosen by name. */
export interface KillOptions<C extends string> {
  readonly kills: number
  readonly seed: number
  readonly help: boolean
  /** What was chosen of each; absent: nothing. */
  readonly chosen: { readonly [Name in C]?: string }
}

/** Reads the command line of `npm run <command>`; `choices`: options with the names that each may have. `null` after a mistake, which is said. */
export function readKillOptions<C extends string>(command: string, choices: Readonly<Record<C, readonly string[]>>): KillOptions<C> | null {
  const names = Object.keys(choices) as C[]
  try {
    const { values } = parseArgs({
      options: {
        kills: { type: 'string', default: '10' },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
        help: { type: 'boolean', default: false },
        ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      },
    })
    for (const option of ['kills', 'seed'] as const) {
      if (!/^[1-9]\d{0,8}$/.test(values[option])) throw new Error(`--${option} needs a whole number above 0, not "${values[option]}"`)
    }
    const chosen = Object.fromEntries(
      names.flatMap((name) => {
        const value = (values as unknown as Readonly<Record<string, string | undefined>>)[name]
        if (value === undefined) return []
        if (!choices[name].includes(value)) throw new Error(`unknown ${name} ${value}, there are: ${choices[name].join(', ')}`)
        return [[name, value]]
      }),
    )
    return { kills: Number(values.kills), seed: Number(values.seed), help: values.help, chosen: chosen as KillOptions<C>['chosen'] }
  } catch (error) {
    process.stderr.write(`${command}: ${error instanceof Error ? error.message : String(error)}\nSee: npm run ${command} -- --help\n`)
    return null
  }
}
