// `npm run differ -- --seed S --count N`: the same requests to Kafka 4.3.1 and to the embedded cluster; their answers must be the same.
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { compareSeeds, describeDifference } from './compare.ts'
import { differNodeOptions, realCluster } from './differ-cluster.ts'

const HELP = `Usage: npm run differ -- [options]

Sends random sequences of requests (idempotent and transactional writes, right and wrong, reads, fetch sessions, offsets, classic groups with
and without static members, streams groups) to a node of Kafka 4.3.1 and to the embedded cluster, and compares the answers. Needs Java 17 and Maven.

  --seed S    the first seed; default: a random one, which is printed
  --count N   how many sequences (default 100)
  --help      this text

A sequence that is answered differently is shortened and printed. The last line is "N sequences, D differences"; the exit code is 1 if D is
not 0.
`

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string', default: String(1 + Math.floor(Math.random() * 1_000_000)) },
        count: { type: 'string', default: '100' },
        help: { type: 'boolean', default: false },
      },
    })
    for (const option of ['seed', 'count'] as const) {
      if (!/^[1-9]\d{0,8}$/.test(values[option])) throw new Error(`--${option} needs a whole number above 0, not "${values[option]}"`)
    }
    return values
  } catch (error) {
    process.stderr.write(`differ: ${error instanceof Error ? error.message : String(error)}\nSee: npm run differ -- --help\n`)
    return null
  }
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options === null) return 2
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const first = Number(options.seed)
  const count = Number(options.count)
  process.stdout.write(`seeds ${first} to ${first + count - 1}\n`)
  exitOnSignals()
  await using node = await KafkaNode.start(differNodeOptions)
  const kafka = realCluster(node)
  let differences = 0
  await compareSeeds({ from: first, count }, kafka, (seed, difference) => {
    differences++
    process.stdout.write(`${describeDifference(seed, difference)}\n`)
  })
  process.stdout.write(`${count} sequences, ${differences} differences\n`)
  return differences === 0 ? 0 : 1
}

process.exitCode = await main()
