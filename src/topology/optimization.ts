import { ConfigError } from '../base/errors.ts'
import type { TopologyConfig } from './topology-config.ts'

/** The optimizations that there are (P§1.7). */
export type Optimization = 'reuse.ktable.source.topics' | 'merge.repartition.topics'

const known: readonly string[] = ['reuse.ktable.source.topics', 'merge.repartition.topics', 'single.store.self.join']

/** Whether `topologyOptimization` asks for `optimization`. Throws `ConfigError` `CONFIG_INVALID` for a list with an unknown name. */
export function hasOptimization({ topologyOptimization = 'none' }: TopologyConfig, optimization: Optimization): boolean {
  if (topologyOptimization === 'none') return false
  if (topologyOptimization === 'all') return true
  const unknown = topologyOptimization.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Cannot use topologyOptimization with "${unknown}": it is none of ${known.map((name) => `"${name}"`).join(', ')}`,
      { configKey: 'topologyOptimization' },
    )
  }
  return topologyOptimization.includes(optimization)
}
