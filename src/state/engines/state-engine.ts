import type { Environment } from '../../base/environment.ts'
import type { EngineFactory } from './engine.ts'

/** What an instance gives to an engine that it begins to use. */
export interface StateEngineParts {
  /** Absolute, and the engine's alone: `<stateDir>/<applicationId>/<kind>`; of `lsm` without the kind. Empty for an engine that is not persistent. */
  readonly directory: string
  /** What the engine may keep in memory at most, in bytes (`stateMemoryMaxBytes`). */
  readonly memoryBytesMax: number
  readonly environment: Environment
}

/**
 * A kind of storage engine: where the committed rows of stores are. Given as `stateEngine` to an application, or as `engine` to a store.
 *
 * ```ts
 * const mine: StateEngine = { kind: 'mine', isPersistent: true, create: ({ directory }) => openMine(directory) }
 * ```
 */
export interface StateEngine {
  /** Lower-case letters, digits and hyphens. Goes into the meta row of each store: rows of another kind are not trusted. */
  readonly kind: string
  /** Whether rows outlive the process: then the instance has a state directory, and holds its lock. */
  readonly isPersistent: boolean
  /** Called once, when an instance starts whose topology has a store for the engine. The factory is closed with the instance. */
  create(parts: StateEngineParts): EngineFactory | Promise<EngineFactory>
}

/** Engines that are built in, by their names; `auto`: in-memory supplier -> memory, persistent -> the engine of the application. */
export const engineNames = ['auto', 'lsm', 'rocksdb', 'memory'] as const

/** Which engine: a built-in one by name, or one of your own. */
export type EngineChoice = (typeof engineNames)[number] | StateEngine

/** Whether `given` can be used as an engine. */
export function isEngineChoice(given: unknown): given is EngineChoice {
  if (typeof given === 'string') return (engineNames as readonly string[]).includes(given)
  if (typeof given !== 'object' || given === null) return false
  const { kind, isPersistent, create } = given as Partial<StateEngine>
  return typeof kind === 'string' && /^[a-z][a-z0-9-]*$/.test(kind) && typeof isPersistent === 'boolean' && typeof create === 'function'
}
