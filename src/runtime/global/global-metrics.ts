import type { Metric, MetricLabels } from '../../metrics/registry.ts'
import { storeMetrics } from '../../state/store-metrics.ts'
import { metricsOfSources } from '../task/metrics-of-task.ts'
import type { GlobalTask } from './global-task.ts'

/** The metrics of the global stores of an instance: Java counts for them what it counts for tasks (P§9.4, 9.7). */
export function metricsOfGlobalTask(task: GlobalTask, labels: MetricLabels): readonly Metric[] {
  const metric = (name: string, help: string, read: () => number): Metric => ({
    group: 'stream-task-metrics',
    name,
    help,
    kind: name.endsWith('-total') ? 'counter' : 'gauge',
    labels,
    read,
  })
  return [
    ...metricsOfSources(task.metrics, labels),
    metric('process-total', 'Records processed', () => task.metrics.processedRecords),
    metric('dropped-records-total', 'Records dropped', () => task.metrics.droppedRecords),
    metric('uncommitted-bytes', 'Bytes of the stores that wait for the next commit', () => task.state.uncommittedBytes),
    ...storeMetrics(task.state, labels).filter(({ labels: { 'in-memory-state-id': store } }) => task.store(store ?? '') !== undefined),
  ]
}
