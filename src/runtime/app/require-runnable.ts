import type { Environment } from '../../base/environment.ts'
import { ConfigError, TopologyError } from '../../base/errors.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { chooseEngines } from '../directory/store-engines.ts'

/** Throws `TopologyError` and `ConfigError` for what can be built, and driven by tests, but not run. */
export function requireRunnable(topology: PhysicalTopology, config: ResolvedConfig, hasWorkers: boolean): void {
  const { subtopologies, globalStores } = topology
  if (hasWorkers) requireEnginesForWorkers(topology, config)
  if (subtopologies.length === 0 && globalStores.length === 0) {
    throw new TopologyError('TOPOLOGY_EMPTY', 'Cannot run the topology: it reads no topic, at least one source is required')
  }
  if (config.group.protocol !== 'streams') return
  for (const { name, pattern } of subtopologies.flatMap(({ sources }) => sources)) {
    if (pattern === null) continue
    throw new ConfigError(
      'CONFIG_UNSUPPORTED',
      `Cannot run the topology with groupProtocol "streams": source "${name}" reads topics by the pattern ${String(pattern)}, which only the ` +
        'classic protocol has; use groupProtocol "classic" or "auto", or name the topics',
    )
  }
}

/** What is in the files of one task is one thread's; an engine with one database for all of them is not. */
function requireEnginesForWorkers(topology: PhysicalTopology, config: ResolvedConfig): void {
  for (const { kind, isPersistent } of chooseEngines(topology, config.state.engine).engines) {
    if (!isPersistent || kind === 'lsm') continue
    const why =
      kind === 'rocksdb'
        ? 'it keeps all tasks in one database, which only one thread can open, and tasks move between threads'
        : 'each thread opens the files of its tasks by itself, which it may not allow'
    throw new ConfigError(
      'CONFIG_UNSUPPORTED',
      `Cannot keep stores on engine "${kind}" with stream threads that are workers: ${why}; use "lsm", the default, or "memory", or give the topology ` +
        'itself instead of a module and run more instances of one thread each',
      { configKey: 'stateEngine' },
    )
  }
}

/** The way out for an application that wants more stream threads than the event loop. */
export function moreThanOneThread(count: number): ConfigError {
  return new ConfigError(
    'CONFIG_UNSUPPORTED',
    `Cannot run ${count} stream threads: the topology was built in this thread, and functions cannot be given to others; put what builds it ` +
      "into a module, and give its URL: new KafkaStreams(new URL('./topology.ts', import.meta.url), config)",
    { configKey: 'numStreamThreads' },
  )
}

/** Warns of names that were generated, as Java does where they are not required (P§10.5). */
export function warnOfGeneratedNames({ generatedNames }: PhysicalTopology, { logger }: Environment): void {
  if (generatedNames === undefined || Object.values(generatedNames).every(({ length }) => length === 0)) return
  logger.warn(
    { ...generatedNames },
    'names of internal topics and stores are generated, and change with the topology: give names, ensureExplicitInternalResourceNaming requires them',
  )
}
