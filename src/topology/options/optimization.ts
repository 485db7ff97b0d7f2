import { ConfigError } from '../../base/errors.ts'
import type { TopologyConfig } from './topology-config.ts'

/** The optimizations that there are (P§1.7). */
export type Optimization = 'reuse.ktable.source.topics' | 'merge.repartition.topics' | 'single.store.self.join'

const known: readonly string[] = ['reuse.ktable.source.topics', 'merge.repartition.topics', 'single.store.self.join']

/** Whether `topologyOptimization` asks for `optimization`. Throws `ConfigError` `CONFIG_INVALID` for an unknown name. */
export function hasOptimization({ topologyOptimization = 'none' }: TopologyConfig, optimization: Optimization): boolean {
  if (topologyOptimization === 'none') return false
  if (topologyOptimization === 'all') return true
  // A properties file has the list as one text.
  const given = topologyOptimization as string | readonly string[]
  const names = typeof given === 'string' ? given.split(',').map((name) => name.trim()) : given
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Cannot use topologyOptimization with "${unknown}": it is none of ${known.map((name) => `"${name}"`).join(', ')}`,
      { configKey: 'topologyOptimization' },
    )
  }
  return names.includes(optimization)
}
