import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../../base/errors.ts'
import { hasOptimization } from './optimization.ts'
import type { TopologyConfig } from './topology-config.ts'

/** As a properties file gives it. */
function written(topologyOptimization: string): TopologyConfig {
  return { topologyOptimization } as unknown as TopologyConfig
}

test('hasOptimization takes the list of a properties file, which is one text', () => {
  const both = written('reuse.ktable.source.topics, merge.repartition.topics')
  assert.equal(hasOptimization(both, 'merge.repartition.topics'), true)
  assert.equal(hasOptimization(both, 'reuse.ktable.source.topics'), true)
  assert.equal(hasOptimization(written('merge.repartition.topics'), 'reuse.ktable.source.topics'), false)
  assert.throws(() => hasOptimization(written('merge.everything'), 'merge.repartition.topics'), ConfigError)
})
