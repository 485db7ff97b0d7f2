import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** What the command line says. */
export interface Options {
  readonly files: readonly string[]
  readonly partitions: number
  readonly instances: number
  readonly crash: boolean
  /** On a real Kafka node instead of the embedded cluster. */
  readonly kafka: boolean
  /** Each instance is a process of its own. */
  readonly processes: boolean
  readonly help: boolean
}

export const HELP = `Counts the words of text with Millrace, exactly once, and checks the result.

  npm start -- [options] [file ...]

Without files it counts all Markdown and licence text found under node_modules and docs, repeated until there are 8 MB.

  --instances N    instances of the application, 1 to 8 (default 2)
  --partitions N   partitions of each topic, 1 to 64 (default 4)
  --no-crash       let all instances live; else one is killed without warning half-way, and replaced
  --kafka          on a real Kafka node, which is fetched and started (needs Java 17 and Maven); else on the embedded cluster
  --processes      every instance is a process of its own, and is killed with SIGKILL
  --help           this text
`

/** A mistake on the command line; `message` says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads the command line. Throws `UsageError`. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args)
  for (const file of positionals) {
    if (!existsSync(file)) throw new UsageError(`there is no file "${file}"`)
  }
  return {
    files: positionals,
    partitions: wholeNumber('--partitions', values.partitions, 64),
    instances: wholeNumber('--instances', values.instances, 8),
    crash: values['no-crash'] !== true,
    kafka: values.kafka === true,
    processes: values.processes === true,
    help: values.help === true,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        partitions: { type: 'string', default: '4' },
        instances: { type: 'string', default: '2' },
        'no-crash': { type: 'boolean' },
        kafka: { type: 'boolean' },
        processes: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most) throw new UsageError(`${option} must be 1 to ${most}, not "${text}"`)
  return value
}
