import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A profile as V8 writes it. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** In microseconds of the monotonic clock. */
  readonly startTime: number
  /** Node by node that was seen, and the microseconds before each. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** A function as it was called from somewhere. */
export interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** The profiles of a folder. */
export function readProfiles(folder: string): readonly CpuProfile[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  return files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile)
}

/** What there is to be added to a time on the wall, in milliseconds since 1970, to get one of the monotonic clock, in microseconds. */
export function monotonicMicroseconds(wallMs: number): number {
  return Number(process.hrtime.bigint() / 1_000n) + (wallMs - Date.now()) * 1_000
}
