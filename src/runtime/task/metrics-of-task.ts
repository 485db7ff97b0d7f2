import type { Metric, MetricLabels } from '../../metrics/registry.ts'
import type { Task } from './task.ts'

/** The metrics of the nodes of `task` as they are open now (P§9.5). */
export function metricsOfNodes(task: Task, labels: MetricLabels): readonly Metric[] {
  return [...task.nodeMetrics].flatMap(([node, metrics]) =>
    metrics.map(({ name, help, read }): Metric => ({
      group: 'stream-processor-node-metrics',
      name,
      help,
      kind: name.endsWith('-total') ? 'counter' : 'gauge',
      labels: { ...labels, 'processor-node-id': node },
      read,
    })),
  )
}

/** The metrics of `task` (P§9.4). */
export function metricsOfTask(task: Task, labels: MetricLabels): readonly Metric[] {
  const metric = (name: string, help: string, read: () => number): Metric => ({
    group: 'stream-task-metrics',
    name,
    help,
    kind: name.endsWith('-total') ? 'counter' : 'gauge',
    labels,
    read,
  })
  const { metrics } = task
  return [
    metric('process-total', 'Records processed', () => metrics.processedRecords),
    metric('dropped-records-total', 'Records dropped', () => metrics.droppedRecords),
    metric('punctuate-total', 'Punctuators run', () => metrics.punctuations),
    metric('enforced-processing-total', 'Times that the task went on although an input was empty', () => metrics.enforcedProcessing),
    metric('record-lateness-max', 'Most that a record was behind stream time, in milliseconds', () => metrics.latenessMsMax),
    metric(
      'record-lateness-avg',
      'Mean of how far records were behind stream time, in milliseconds',
      () => metrics.latenessMsTotal / Math.max(metrics.processedRecords, 1),
    ),
    metric('active-buffer-count', 'Records in the queues', () => task.bufferedRecords),
    metric('uncommitted-bytes', 'Bytes of the stores that wait for the next commit', () => task.uncommittedBytes),
  ]
}
