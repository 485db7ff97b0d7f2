import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../../tools/kafka/exit-on-signals.ts'
import { cpuMsOfProcess } from '../../process-statistics.ts'
import { keyedValues } from '../data/keyed-values.ts'
import { load } from '../data/data-set.ts'
import { Ground } from '../ground.ts'
import { machineLine } from '../machine.ts'
import { MeasuredProcess } from '../measured-process.ts'
import type { Figures } from '../mode.ts'
import { outcomeOf } from '../throughput/output.ts'
import { peerCommand, type PeerName, peerNames, peers } from './peers.ts'

const HELP = `Usage: npm run bench -- peers [PEER...] [--quick] [--smoke]

The stateless mode of "versus" as a user of Node or Python would write it today, with at-least-once: ${peerNames.join(', ')}.
They are installed in node_modules/.cache at their first run; those that cannot be are left out, with the reason. Quix Streams needs Python 3.
`

/** What came of one peer: figures, or why there are none. */
type PeerRun = { readonly figures: Figures; readonly outcome: string } | { readonly skipped: string }

/** `npm run bench -- peers ...`; gives the exit code: 1 if one that ran did not give what it had to. */
export async function runPeers(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const unknown = positionals.find((name) => !peerNames.includes(name as PeerName))
  if (unknown !== undefined) throw new RangeError(`there is no peer "${unknown}"`)
  exitOnSignals()
  const factor = values.smoke ? 0.01 : values.quick ? 0.25 : 1
  process.stdout.write(`${machineLine()}\n`)
  await using ground = await Ground.open()
  let wrong = 0
  for (const name of peerNames) {
    if (positionals.length > 0 && !positionals.includes(name)) continue
    const run = await runPeer(name, ground, factor)
    if ('skipped' in run) {
      process.stdout.write(`${peers[name].title}: SKIPPED: ${run.skipped}\n`)
      continue
    }
    const figures = Object.entries(run.figures).map(([figure, value]) => `${figure} ${value.toPrecision(4)}`)
    process.stdout.write(`${peers[name].title}: ${figures.join(', ')}; ${run.outcome}\n`)
    if (run.outcome !== 'as expected') wrong++
  }
  return wrong > 0 ? 1 : 0
}

async function runPeer(name: PeerName, ground: Ground, factor: number): Promise<PeerRun> {
  let command
  try {
    command = peerCommand(name)
  } catch (error) {
    return { skipped: error instanceof Error ? error.message : String(error) }
  }
  const data = keyedValues({
    topic: `versus-peer-${peers[name].records}`,
    records: peers[name].records,
    keys: 100_000,
    keyDigits: 7,
    valueBytes: 256,
    seed: 1,
  })
  const { records } = await load(ground, data, { factor })
  const output = `versus-peer-${name}-output`
  await ground.createTopic(output)
  const options = { bootstrap: ground.bootstrapServers, group: `versus-peer-${name}`, input: data.topic, output, steps: records }
  await using application = new MeasuredProcess(command, options)
  const half = await application.hear('half')
  const brokerCpuMs = cpuMsOfProcess(ground.node.pid!)
  const all = await application.hear('all')
  const millions = records / 2_000_000
  const figures = {
    cpuSecondsPerMillion: (all.cpuMs - half.cpuMs) / 1_000 / millions,
    recordsPerSecond: (millions * 1_000_000) / ((all.atMs - half.atMs) / 1_000),
    brokerCpuSecondsPerMillion: (cpuMsOfProcess(ground.node.pid!) - brokerCpuMs) / 1_000 / millions,
    peakMiB: application.peakMiB(),
  }
  await application.close()
  const expected = await outcomeOf(ground, data.topic, 'records', isKept)
  const found = await outcomeOf(ground, output, 'records')
  return { figures, outcome: found === expected ? 'as expected' : `${found} instead of ${expected}` }
}

function isKept(bytes: Buffer, keyEnd: number): boolean {
  return (bytes[keyEnd - 1]! & 1) === 0
}
