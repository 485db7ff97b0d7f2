import type { EngineFactory, TaskEngine } from '../../src/state/engines/engine.ts'
import { memoryEngines } from '../../src/state/engines/memory/memory-engine.ts'

/** The engines that are crashed. `memory` keeps nothing: with it the tests themselves are tested. */
export const engineNames = ['memory'] as const

/** One of them. */
export type EngineName = (typeof engineNames)[number]

/** How much an engine may keep from its disk, so that a replay has an end. */
export interface ReplayLimits {
  /** Of rows that are not written: key and value. */
  readonly bytes: number
  /** How old they may be. */
  readonly ageMs: number
}

/** What is lost of each engine at most; `null`: everything. */
export const replayLimits: Readonly<Record<EngineName, ReplayLimits | null>> = { memory: null }

/** Engines with what was opened of them, so that they can be told to flush between commits. */
export interface OpenedEngines {
  readonly factory: EngineFactory
  /** The engine of the task that was opened last. */
  readonly engine: () => TaskEngine
}

/** Opens engines with their files in `folder`. */
export function openEngines(_name: EngineName, _folder: string): EngineFactory {
  return memoryEngines
}

/** Remembers what is opened. */
export function remembering(engines: EngineFactory): OpenedEngines {
  let opened: TaskEngine | null = null
  return {
    factory: {
      open: (taskId) => (opened = engines.open(taskId)),
      remove: (taskId) => engines.remove(taskId),
      taskIds: () => engines.taskIds(),
      close: () => engines.close(),
    },
    engine: () => opened!,
  }
}
