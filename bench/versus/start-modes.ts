import { setTimeout as sleep } from 'node:timers/promises'
import type { Ground } from './ground.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { Mode, ModeRun } from './mode.ts'
import { inScratchFolder } from './scratch-folder.ts'
import { pinnedSettings } from './settings.ts'
import type { Side } from './sides.ts'
import type { TopologyName } from './topologies/topologies.ts'

const SETTLE_MS = 5_000
const IDLE_MS = 20_000
/** Even in the shortest runs: the kernel counts hundredths of a second. */
const IDLE_MS_MIN = 500

type GroupProtocol = 'classic' | 'streams'

/** Runs of this process so far: each has topics and a group of its own. */
let runs = 0

/** What starts on an input without a record. */
interface Start {
  readonly topology: TopologyName
  readonly groupProtocol: GroupProtocol
}

/** Does something with an application that has nothing to read. */
function withApplication(
  side: Side,
  ground: Ground,
  { topology, groupProtocol }: Start,
  work: (application: MeasuredProcess) => Promise<ModeRun>,
): Promise<ModeRun> {
  return inScratchFolder(async (stateFolder) => {
    const applicationId = `versus-start-${runs++}`
    const [input, output] = [`${applicationId}-input`, `${applicationId}-output`]
    await ground.createTopic(input)
    await ground.createTopic(output)
    try {
      const settings = pinnedSettings({ applicationId, bootstrapServers: ground.bootstrapServers, stateFolder, groupProtocol })
      await using application = new MeasuredProcess(side, { topology, store: 'persistent', input, output, ...settings })
      return await work(application)
    } finally {
      await ground.deleteTopics(`${applicationId}-`)
    }
  })
}

/** From nothing, a process that is to be started included, to RUNNING. */
export function coldStartMode(topology: 'stateless' | 'count', groupProtocol: GroupProtocol): Mode {
  const what = topology === 'stateless' ? 'stateless' : 'with a persistent store'
  return {
    name: `cold-start-${topology}-${groupProtocol}`,
    group: 'cold-start',
    title: `start of the process to RUNNING, ${what}, group protocol ${groupProtocol}`,
    primary: 'millisecondsToRunning',
    prepare: () => Promise.resolve(),
    run: (side, ground) =>
      withApplication(side, ground, { topology, groupProtocol }, async (application) => {
        const started = await application.hear('start')
        const running = await application.hear('state', 'RUNNING')
        const peakMiB = application.peakMiB()
        await application.close()
        return {
          outcome: 'RUNNING',
          figures: {
            millisecondsToRunning: running.atMs - application.bornMs,
            millisecondsFromStartToRunning: running.atMs - started.atMs,
            cpuSecondsUntilRunning: running.cpuMs / 1_000,
            peakMiB,
          },
        }
      }),
  }
}

/** An application with a store that has nothing to do. */
export function idleMode(figure: 'cpu' | 'memory'): Mode {
  const primary = figure === 'cpu' ? 'idleCpuPercent' : 'residentMiB'
  return {
    name: `idle-${figure}`,
    group: 'idle',
    title: `nothing to do, with a persistent store: ${figure === 'cpu' ? 'CPU time, in percent of a core' : 'resident memory'}`,
    primary,
    ...(figure === 'cpu' ? {} : { runsOf: { java: 'idle-cpu', millrace: 'idle-cpu' } }),
    prepare: () => Promise.resolve(),
    run: (side, ground, { factor }) =>
      withApplication(side, ground, { topology: 'count', groupProtocol: 'classic' }, async (application) => {
        await application.hear('state', 'RUNNING')
        await sleep(SETTLE_MS * factor)
        const [cpuMs, atMs] = [application.cpuMs(), performance.now()]
        await sleep(Math.max(IDLE_MS_MIN, IDLE_MS * factor))
        const idleCpuPercent = ((application.cpuMs() - cpuMs) / (performance.now() - atMs)) * 100
        const residentMiB = application.residentMiB()
        await application.close()
        return { outcome: 'idle', figures: { idleCpuPercent, residentMiB } }
      }),
  }
}
