import type { Metric, MetricLabels } from '../../metrics/registry.ts'
import type { TaskMetrics } from './task-metrics.ts'
import type { Task } from './task.ts'
import type { TopicCounts } from './topic-counts.ts'

type Group = 'stream-task-metrics' | 'stream-processor-node-metrics' | 'stream-topic-metrics'

/** Makes metrics of one group. */
function metricsIn(group: Group): (name: string, help: string, labels: MetricLabels, read: () => number) => Metric {
  return (name, help, labels, read) => ({ group, name, help, kind: name.endsWith('-total') ? 'counter' : 'gauge', labels, read })
}

const ofTask = metricsIn('stream-task-metrics')
const ofNode = metricsIn('stream-processor-node-metrics')
const ofTopic = metricsIn('stream-topic-metrics')

/** The metrics of the nodes of `task` as they are open now (P§9.5). */
export function metricsOfNodes(task: Task, labels: MetricLabels): readonly Metric[] {
  const own = [...task.nodeMetrics].flatMap(([node, metrics]) =>
    metrics.map(({ name, help, read }) => ofNode(name, help, { ...labels, 'processor-node-id': node }, read)),
  )
  return [...metricsOfSources(task.metrics, labels), ...own]
}

/** The metrics of the topics that the nodes of a task have read and written (P§9.6). */
export function metricsOfTopics({ consumed, produced }: TaskMetrics, labels: MetricLabels): readonly Metric[] {
  return [
    ...consumed.flatMap((counts) => metricsOfTopic('consumed', 'read from', counts, labels)),
    ...produced.flatMap((counts) => metricsOfTopic('produced', 'written to', counts, labels)),
  ]
}

/** What the source nodes of a task, or of the global stores, count. */
export function metricsOfSources({ sources }: TaskMetrics, labels: MetricLabels): readonly Metric[] {
  return sources.map((counts) =>
    ofNode('process-total', 'Records forwarded', { ...labels, 'processor-node-id': counts.node }, () => counts.processed),
  )
}

/** The metrics of `task` (P§9.4). */
export function metricsOfTask(task: Task, labels: MetricLabels): readonly Metric[] {
  const metric = (name: string, help: string, read: () => number): Metric => ofTask(name, help, labels, read)
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

function metricsOfTopic(way: 'consumed' | 'produced', done: string, counts: TopicCounts, labels: MetricLabels): readonly Metric[] {
  const ofIts = { ...labels, 'processor-node-id': counts.node, topic: counts.topic }
  return [
    ofTopic(`records-${way}-total`, `Records ${done} the topic`, ofIts, () => counts.records),
    ofTopic(`bytes-${way}-total`, `Bytes of the records ${done} the topic`, ofIts, () => counts.bytes),
  ]
}
