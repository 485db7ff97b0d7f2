import { createRequire } from 'node:module'
import { ConfigError, TopologyError } from '../base/errors.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { PhysicalTopology } from '../topology/physical-topology.ts'
import { Topology } from '../topology/topology.ts'

/** Functions of the configuration that stream threads call: where threads are workers they come with the topology, from its module. */
export type ThreadHandlers = Pick<
  StreamsConfig,
  | 'defaultTimestampExtractor'
  | 'deserializationExceptionHandler'
  | 'processingExceptionHandler'
  | 'productionExceptionHandler'
  | 'sasl'
  | 'stateEngine'
>

/** What the default export of a topology module may return. */
export type ModuleTopology =
  | Topology
  | StreamsBuilder
  | { readonly topology: Topology | StreamsBuilder; readonly handlers?: ThreadHandlers | undefined }

/**
 * The default export of a module whose URL is given to `KafkaStreams`: each stream thread, and the main thread too, calls it once. `config` is
 * the configuration as the threads have it, without what only the main thread uses.
 *
 * ```ts
 * const topology: TopologyModule = (config) => {
 *   const builder = new StreamsBuilder()
 *   builder.stream(orders).to(copies)
 *   return { topology: builder, handlers: { processingExceptionHandler: (context, error) => 'skip' } }
 * }
 * export default topology
 * ```
 */
export type TopologyModule = (config: StreamsConfig) => ModuleTopology

/** A topology out of a module, with the configuration that its handlers are a part of. */
export interface LoadedTopology {
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
}

const handlerKeys: ReadonlySet<string> = new Set<keyof ThreadHandlers>([
  'defaultTimestampExtractor',
  'deserializationExceptionHandler',
  'processingExceptionHandler',
  'productionExceptionHandler',
  'sasl',
  'stateEngine',
])

/** Whether a key of the configuration may come from the module. */
export function isHandlerKey(key: string): boolean {
  return handlerKeys.has(key)
}

/**
 * Loads a topology module and builds its topology. `shared`: the configuration as all threads have it; `own`: what is added to it in this
 * thread. Throws `TopologyError` `TOPOLOGY_MODULE`, what the module throws, and as `resolveConfig`.
 */
export function loadTopology(url: string, shared: StreamsConfig, own: Partial<StreamsConfig> = {}): LoadedTopology {
  const made: unknown = defaultExport(url)(shared)
  const isBare = made instanceof Topology || made instanceof StreamsBuilder
  const { topology, handlers = {} } = (isBare ? { topology: made } : made) as { readonly topology: unknown; readonly handlers?: object }
  for (const key of Object.keys(handlers)) {
    if (!isHandlerKey(key)) throw unfit(url, `its handlers have the key "${key}", known are ${[...handlerKeys].join(', ')}`)
  }
  const config = resolveConfig({ ...shared, ...own, ...handlers })
  if (topology instanceof StreamsBuilder) return { topology: topology.build(config.topology).physical(), config }
  if (topology instanceof Topology) return { topology: topology.physical(), config }
  throw unfit(url, `its default export returned ${describe(made)}, a topology is required`)
}

/** Loads at once: who is given the URL wants to hear at once what is wrong with it. */
function defaultExport(url: string): (config: StreamsConfig) => unknown {
  if (!url.startsWith('file:')) throw unfit(url, 'it is no file')
  let loaded: unknown
  try {
    loaded = createRequire(url)(`./${decodeURIComponent(new URL(url).pathname.split('/').at(-1)!)}`)
  } catch (cause) {
    const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : null
    if (code === 'ERR_REQUIRE_ASYNC_MODULE') throw unfit(url, 'it has a top-level await, which it must not', cause)
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') throw unfit(url, firstLine((cause as Error).message), cause)
    throw cause
  }
  // The exports of a CommonJS module are the function itself.
  const found: unknown = typeof loaded === 'object' && loaded !== null ? (loaded as { readonly default?: unknown }).default : loaded
  if (typeof found === 'function') return found as (config: StreamsConfig) => unknown
  throw unfit(url, `its default export is ${describe(found)}, a function (config) => Topology is required`)
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a promise'
  return value === null ? 'null' : typeof value === 'object' ? 'an object without a topology of this copy of the package' : typeof value
}

function unfit(url: string, why: string, cause?: unknown): TopologyError {
  return new TopologyError('TOPOLOGY_MODULE', `Cannot use "${url}" as the module of a topology: ${why}`, { cause })
}

/** Keys that only the main thread uses. */
const ofMainThread: ReadonlySet<string> = new Set<keyof StreamsConfig>([
  'environment',
  'logger',
  'taskAssignorClass',
  'uncaughtExceptionHandler',
])

/**
 * The part of a configuration that is given to stream threads that are workers. Throws `ConfigError` `CONFIG_UNSUPPORTED` for what cannot be
 * given to another thread, and says where it belongs.
 */
export function sharedConfig(config: StreamsConfig): StreamsConfig {
  if (config.cluster !== undefined) {
    throw refused(
      'cluster',
      'it is in this thread, and others cannot reach it; let it listen (listen() of "millrace/broker"), and give its bootstrapServers',
    )
  }
  const shared = Object.fromEntries(Object.entries(config).filter(([key, value]) => !ofMainThread.has(key) && value !== undefined))
  for (const [key, value] of Object.entries(shared)) requirePlain(key, key, value)
  return shared as unknown as StreamsConfig
}

function requirePlain(key: string, path: string, value: unknown): void {
  if (typeof value === 'function') {
    const remedy = isHandlerKey(key)
      ? `let the module of the topology return it: { topology, handlers: { ${key} } }`
      : 'only plain values can be given to threads'
    throw refused(path, `it is a function, and stream threads that are workers cannot be given functions; ${remedy}`)
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  for (const [name, inner] of Object.entries(value)) requirePlain(key, `${path}.${name}`, inner)
}

function refused(path: string, why: string): ConfigError {
  return new ConfigError('CONFIG_UNSUPPORTED', `Cannot use configuration key "${path}" with a topology that is given as a module: ${why}`, {
    configKey: path,
  })
}

/** Node adds which modules required the missing one: ours, which say nothing to anybody. */
function firstLine(message: string): string {
  return message.split('\n', 1)[0]!
}
