// `npm run kafka -- --version 4.3.1`: runs Kafka until it is interrupted.
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { KafkaNode } from './kafka-node.ts'

const HELP = `Runs Apache Kafka from Maven Central, on free ports of 127.0.0.1, until it is interrupted. Needs Java 17 and Maven.

  --version V            the release, default 4.3.1
  --nodes 1|3            default 1
  --transactions 1|2     the finalized transaction.version, default 2
  --no-streams           without the streams group protocol
  --short                short time-outs: session 6 s, heartbeat 1 s, transaction scan 1 s
`

/** The options; `null` after a mistake, which is said. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        version: { type: 'string' },
        nodes: { type: 'string', default: '1' },
        transactions: { type: 'string', default: '2' },
        'no-streams': { type: 'boolean', default: false },
        short: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (!['1', '2'].includes(values.transactions)) {
      process.stderr.write(`kafka: --transactions must be 1 or 2, not "${values.transactions}"\n`)
    } else if (!['1', '3'].includes(values.nodes)) {
      process.stderr.write(`kafka: --nodes must be 1 or 3, not "${values.nodes}"\n`)
    } else return values
  } catch (error) {
    process.stderr.write(`kafka: ${error instanceof Error ? error.message : String(error)}\n`)
  }
  return null
}

const values = readOptions()
if (values === null) {
  process.stderr.write('See: npm run kafka -- --help\n')
  process.exitCode = 2
} else if (values.help) {
  process.stdout.write(HELP)
} else {
  const nodes = await KafkaNode.startSeveral(Number(values.nodes), {
    version: values.version,
    transactionVersion: values.transactions === '1' ? 1 : 2,
    streamsGroups: !values['no-streams'],
    shortTimeouts: values.short,
  })
  for (const { version, bootstrapServers, pid } of nodes) {
    process.stdout.write(`Kafka ${version} listens on ${bootstrapServers} (process ${pid})\n`)
  }
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  for (const node of nodes) await node.stop()
}
