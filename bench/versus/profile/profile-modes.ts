import { mkdirSync, mkdtempSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ground } from '../ground.ts'
import type { Mode } from '../mode.ts'
import type { VersusScale } from '../versus-scale.ts'
import { monotonicMicroseconds, readProfiles } from './cpu-profile.ts'
import { foldProfiles, type FoldedProfile } from './fold-profile.ts'

const FUNCTIONS_SHOWN = 15
const SHARE_MIN = 0.005

/** Runs Millrace alone, with the profiler of Node in each of its processes, and prints where the time went in the part of each run that counts. */
export async function profileModes(chosen: readonly Mode[], scale: VersusScale, folder: string): Promise<number> {
  mkdirSync(folder, { recursive: true })
  await using ground = await Ground.open()
  for (const mode of chosen) {
    await mode.prepare(ground, scale)
    const target = mkdtempSync(join(resolve(folder), `${mode.name}-`))
    process.env['NODE_OPTIONS'] = `--cpu-prof --cpu-prof-dir=${target}`
    const { figures, window } = await mode.run('millrace', ground, scale)
    delete process.env['NODE_OPTIONS']
    const folded = foldProfiles(readProfiles(target), window?.map(monotonicMicroseconds) as [number, number] | undefined)
    process.stdout.write(
      `${mode.name}: ${mode.primary} ${figures[mode.primary]!.toPrecision(4)} while it was profiled\n${profileText(folded)}\n`,
    )
  }
  return 0
}

/** Layers and the greatest functions, with their shares. */
export function profileText({ busyUs, layers, functions }: FoldedProfile): string {
  const line = ([name, us]: readonly [string, number]): string => `  ${((us / busyUs) * 100).toFixed(1).padStart(5)} %  ${name}\n`
  const shown = [...layers].filter(([, us]) => us / busyUs >= SHARE_MIN)
  return `${shown.map(line).join('')}  of which\n${[...functions].slice(0, FUNCTIONS_SHOWN).map(line).join('')}`
}
