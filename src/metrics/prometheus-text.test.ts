import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prometheusText } from './prometheus-text.ts'
import { MetricsRegistry } from './registry.ts'

test('MetricsRegistry reads what its owner has counted, until the metric is removed', () => {
  const registry = new MetricsRegistry()
  const owner = { dropped: 0 }
  const remove = registry.register([
    {
      group: 'stream-task-metrics',
      name: 'dropped-records-total',
      help: 'Dropped',
      kind: 'counter',
      labels: {},
      read: () => owner.dropped,
    },
  ])
  owner.dropped = 3
  assert.deepEqual(
    registry.read().map(({ value }) => value),
    [3],
  )
  remove()
  assert.deepEqual(registry.read(), [])
})

test('prometheusText() writes each family once and escapes labels', () => {
  const metric = { group: 'stream-task-metrics', name: 'process-total', help: 'Two\nlines', kind: 'counter' } as const
  assert.equal(
    prometheusText([
      { ...metric, labels: { 'task-id': '0_1' }, value: 7 },
      { ...metric, labels: { 'task-id': 'a"b\\c\nd' }, value: Infinity },
    ]),
    '# HELP kafka_stream_task_metrics_process_total Two\\nlines\n' +
      '# TYPE kafka_stream_task_metrics_process_total counter\n' +
      'kafka_stream_task_metrics_process_total{task_id="0_1"} 7\n' +
      'kafka_stream_task_metrics_process_total{task_id="a\\"b\\\\c\\nd"} +Inf\n',
  )
})

test('MetricsRegistry asks an owner that is a function each time somebody reads', () => {
  const registry = new MetricsRegistry()
  const metric = { group: 'stream-topic-metrics', help: 'Records', kind: 'counter', labels: {}, read: () => 1 } as const
  const names: string[] = []
  const owner = (): { readonly name: string; readonly read: () => number }[] => names.map((name) => ({ ...metric, name }))
  const removes = [registry.register(owner as never), registry.register(owner as never)]
  names.push('a', 'b')
  const read = (): string[] => registry.read().map(({ name }) => name)
  assert.deepEqual(read(), ['a', 'b', 'a', 'b'])
  removes[0]!()
  assert.deepEqual(read(), ['a', 'b'])
  removes[1]!()
  assert.deepEqual(read(), [])
})
