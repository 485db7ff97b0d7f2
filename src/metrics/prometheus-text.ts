import type { MetricValue } from './registry.ts'

/**
 * Values in Prometheus' text format (version 0.0.4). The name is Kafka Streams' group and name in snake case with `kafka_` in front, as
 * the JMX exporter writes it: `kafka_stream_task_metrics_dropped_records_total`.
 */
export function prometheusText(values: readonly MetricValue[]): string {
  const families = new Map<string, MetricValue[]>()
  for (const value of values) {
    const name = prometheusName(value)
    const family = families.get(name)
    if (family === undefined) families.set(name, [value])
    else family.push(value)
  }
  const lines: string[] = []
  for (const [name, family] of families) {
    const { help, kind } = family[0]!
    lines.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${kind}`)
    for (const { labels, value } of family) lines.push(`${name}${labelText(labels)} ${numberText(value)}`)
  }
  return lines.map((line) => `${line}\n`).join('')
}

function prometheusName({ group, name }: MetricValue): string {
  return `kafka_${group}_${name}`.replace(/[^a-zA-Z0-9_]/g, '_')
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([label, value]) => {
    const escaped = value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
    return `${label.replace(/[^a-zA-Z0-9_]/g, '_')}="${escaped}"`
  })
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
