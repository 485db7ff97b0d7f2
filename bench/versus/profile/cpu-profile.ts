import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A profile as V8 writes it. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** In microseconds of the monotonic clock. */
  readonly startTime: number
  /** Node by node that was seen, and the microseconds before each. */
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Where a function is, lines and columns from 0. */
export interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

/** A function as it was called from somewhere. */
export interface ProfileNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[]
}

/** The profiles of a folder. Functions of compiled files are where they are in the sources, as far as source maps tell. */
export function readProfiles(folder: string): readonly CpuProfile[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  const maps = new Map<string, SourceMap | null>()
  return files.map((name) => {
    const profile = JSON.parse(readFileSync(join(folder, name), 'utf8')) as CpuProfile
    return { ...profile, nodes: profile.nodes.map((node) => ({ ...node, callFrame: sourceFrame(node.callFrame, maps) })) }
  })
}

function sourceFrame(frame: CallFrame, maps: Map<string, SourceMap | null>): CallFrame {
  if (!frame.url.startsWith('file:') || !frame.url.endsWith('.js')) return frame
  let map = maps.get(frame.url)
  if (map === undefined) {
    const file = `${fileURLToPath(frame.url)}.map`
    map = existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as ConstructorParameters<typeof SourceMap>[0]) : null
    maps.set(frame.url, map)
  }
  const entry = map?.findEntry(frame.lineNumber, frame.columnNumber)
  if (entry === undefined || !('originalLine' in entry)) return frame
  return {
    ...frame,
    url: new URL(entry.originalSource, frame.url).href,
    lineNumber: entry.originalLine,
    columnNumber: entry.originalColumn,
  }
}

/** What there is to be added to a time on the wall, in milliseconds since 1970, to get one of the monotonic clock, in microseconds. */
export function monotonicMicroseconds(wallMs: number): number {
  return Number(process.hrtime.bigint() / 1_000n) + (wallMs - Date.now()) * 1_000
}
