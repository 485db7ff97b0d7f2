import type { Metric } from '../metrics/registry.ts'
import type { TaskState } from './task-state.ts'

/** The metrics of the stores of a task (P§9.7, those of level INFO). `labels` are those of the task. */
export function storeMetrics(state: TaskState, labels: Readonly<Record<string, string>>): Metric[] {
  return state.storeNames.flatMap((name) => {
    const gauge = (metric: string, help: string, read: () => number): Metric => ({
      group: 'stream-state-metrics',
      name: metric,
      help,
      kind: 'gauge',
      labels: { ...labels, 'in-memory-state-id': name },
      read,
    })
    return [
      gauge('num-keys', 'Rows of the store', () => state.statistics(name).rowCount),
      gauge('num-open-iterators', 'Scans that were begun and are not closed', () => state.statistics(name).openScans),
      gauge('uncommitted-bytes', 'Bytes that were written since the last commit', () => state.statistics(name).uncommittedBytes),
    ]
  })
}
