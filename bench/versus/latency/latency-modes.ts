import { fileURLToPath } from 'node:url'
import { childReport } from '../child-report.ts'
import type { Ground } from '../ground.ts'
import { MeasuredProcess } from '../measured-process.ts'
import type { Mode, ModeRun } from '../mode.ts'
import type { VersusScale } from '../versus-scale.ts'
import { inScratchFolder } from '../scratch-folder.ts'
import { defaultSettings } from '../settings.ts'
import type { Side } from '../sides.ts'

const WARM_UP_MS = 8_000
const COUNTED_MS = 30_000
const RATES = [2_000, 20_000]
const probe = fileURLToPath(new URL('./latency-probe.ts', import.meta.url))

/** How an application is loaded, and set. */
interface LatencyShape {
  readonly rate: number
  readonly guarantee: 'at_least_once' | 'exactly_once_v2'
  /** Whether Java's producer sends at once. Millrace always has its defaults. */
  readonly isJavaEager: boolean
}

/** What the probe says. */
interface ProbeReport {
  readonly arrived: number
  readonly total: number
  readonly sendsLateMs: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** Runs of this process so far: each has topics and a group of its own. */
let runs = 0

/** From when a record is due to be sent to when a consumer of committed records has it. What decides is the 99th percentile. */
export const latencyModes: readonly Mode[] = RATES.flatMap((rate) =>
  (['at_least_once', 'exactly_once_v2'] as const).flatMap((guarantee) => [
    latencyMode({ rate, guarantee, isJavaEager: false }),
    latencyMode({ rate, guarantee, isJavaEager: true }),
  ]),
)

function latencyMode(shape: LatencyShape): Mode {
  const { rate, guarantee, isJavaEager } = shape
  const isExactlyOnce = guarantee === 'exactly_once_v2'
  const name = `latency-${rate}-${isExactlyOnce ? 'eos' : 'alos'}`
  return {
    name: isJavaEager ? `${name}-linger0` : name,
    group: 'latency',
    title: `latency at ${rate.toLocaleString('en')} records/s, ${isExactlyOnce ? 'exactly once' : 'at least once'}, defaults${isJavaEager ? ', but Java with linger 0' : ''}`,
    primary: 'p99Ms',
    ...(isJavaEager ? { runsOf: { millrace: name } } : {}),
    prepare: () => Promise.resolve(),
    run: (side, ground, scale) => inScratchFolder((folder) => measured({ ...shape, side, ground, scale, folder })),
  }
}

interface LatencyRun extends LatencyShape {
  readonly side: Side
  readonly ground: Ground
  readonly scale: VersusScale
  readonly folder: string
}

async function measured({ side, ground, scale, folder, rate, guarantee, isJavaEager }: LatencyRun): Promise<ModeRun> {
  const applicationId = `versus-latency-${runs++}`
  const [input, output] = [`${applicationId}-input`, `${applicationId}-output`]
  await ground.createTopic(input)
  await ground.createTopic(output)
  try {
    await using application = new MeasuredProcess(side, {
      topology: 'pass',
      store: 'in-memory',
      input,
      output,
      ...defaultSettings({ applicationId, bootstrapServers: ground.bootstrapServers, stateFolder: folder, guarantee }),
      ...(isJavaEager && side === 'java' ? { 'config.producer.linger.ms': 0 } : {}),
    })
    await application.hear('state', 'RUNNING')
    const begunCpuMs = application.cpuMs()
    const { arrived, total, sendsLateMs, p50, p99, p999 } = await probed(ground, { rate, scale, input, output })
    const cpuSecondsPerMillion = (application.cpuMs() - begunCpuMs) / 1_000 / (total / 1_000_000)
    const peakMiB = application.peakMiB()
    await application.close()
    return {
      outcome: `${arrived} of ${total} arrived`,
      figures: { p99Ms: p99, p50Ms: p50, p999Ms: p999, sendsLateMs, cpuSecondsPerMillion, peakMiB },
    }
  } finally {
    await ground.deleteTopics(`${applicationId}-`)
  }
}

interface Probe {
  readonly rate: number
  readonly scale: VersusScale
  readonly input: string
  readonly output: string
}

function probed(ground: Ground, { rate, scale, input, output }: Probe): Promise<ProbeReport> {
  const options = { port: ground.node.port, rate, input, output, warmUpMs: WARM_UP_MS * scale.factor, countedMs: COUNTED_MS * scale.factor }
  return childReport<ProbeReport>(probe, options)
}
