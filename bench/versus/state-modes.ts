import { loadChangelog } from './distinct-keys.ts'
import type { Ground } from './ground.ts'
import { MeasuredProcess } from './measured-process.ts'
import type { Mode } from './mode.ts'
import type { VersusScale } from './versus-scale.ts'
import { inScratchFolder } from './scratch-folder.ts'
import { pinnedSettings } from './settings.ts'
import type { Side } from './sides.ts'

const RECORDS = 3_000_000
const APPLICATION = 'versus-restore'
const INPUT = 'versus-restore-input'
/** Of so many keys one is read to see that the state is right. */
const VERIFY_STEP = 97

function recordsOf({ factor }: VersusScale): number {
  return Math.ceil(RECORDS * factor)
}

/** A table whose changelog is loaded and whose input is empty: all there is to do is to restore it. */
function startTable(side: Side, ground: Ground, store: string, stateFolder: string): MeasuredProcess {
  const settings = pinnedSettings({ applicationId: APPLICATION, bootstrapServers: ground.bootstrapServers, stateFolder })
  return new MeasuredProcess(side, { topology: 'table', store, input: INPUT, ...settings })
}

async function verified(application: MeasuredProcess, scale: VersusScale): Promise<string> {
  application.order(`verify ${recordsOf(scale)} ${VERIFY_STEP}`)
  return (await application.hear('verified')).words[1]!
}

/** Restores the changelog into an empty store. The CPU time is that from the start of the restore to its end. */
export function restoreMode(kind: 'memory' | 'persistent'): Mode {
  const store = kind === 'memory' ? 'in-memory' : 'persistent'
  return {
    name: `restore-${kind}`,
    group: 'restore',
    title: `restore 3 million records of 100 bytes, ${kind}`,
    primary: 'cpuSecondsPerMillion',
    prepare: (ground, scale) => loadChangelog(ground, APPLICATION, INPUT, recordsOf(scale)),
    run: (side, ground, scale) =>
      inScratchFolder(async (folder) => {
        await using application = startTable(side, ground, store, folder)
        const begun = await application.hear('restore-start')
        const ended = await application.hear('restore-end')
        const running = await application.hear('state', 'RUNNING')
        const restored = Number(ended.words[2])
        const outcome = `${restored} records, ${await verified(application, scale)}`
        const peakMiB = application.peakMiB()
        await application.close()
        const seconds = (ended.atMs - begun.atMs) / 1_000
        return {
          outcome,
          figures: {
            cpuSecondsPerMillion: ((ended.cpuMs - begun.cpuMs) / 1_000 / restored) * 1_000_000,
            recordsPerSecond: restored / seconds,
            peakMiB,
            cpuSecondsUntilRunning: running.cpuMs / 1_000,
            secondsUntilRunning: (running.atMs - application.bornMs) / 1_000,
          },
        }
      }),
  }
}

/** Starts again on the state that an earlier process has closed in peace. */
export const restartMode: Mode = {
  name: 'restart',
  group: 'restart',
  title: 'start again with the intact state of 3 million keys, persistent',
  primary: 'millisecondsFromStartToRunning',
  prepare: (ground, scale) => loadChangelog(ground, APPLICATION, INPUT, recordsOf(scale)),
  run: (side, ground, scale) =>
    inScratchFolder(async (folder) => {
      await using before = startTable(side, ground, 'persistent', folder)
      await before.hear('state', 'RUNNING')
      await before.close()
      await using application = startTable(side, ground, 'persistent', folder)
      const started = await application.hear('start')
      const running = await application.hear('state', 'RUNNING')
      const outcome = await verified(application, scale)
      const peakMiB = application.peakMiB()
      const replayed = Number(application.heard('restore-end')?.words[2] ?? 0)
      await application.close()
      return {
        outcome,
        figures: {
          millisecondsFromStartToRunning: running.atMs - started.atMs,
          secondsUntilRunning: (running.atMs - application.bornMs) / 1_000,
          cpuSecondsUntilRunning: running.cpuMs / 1_000,
          recordsReplayed: replayed,
          peakMiB,
        },
      }
    }),
}
