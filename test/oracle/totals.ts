import type { TopologyTestDriver } from 'millrace/testing'
import type { PhysicalTopology } from '../../src/topology/physical-topology.ts'

const ofTasks: ReadonlySet<string> = new Set(['process-total', 'punctuate-total', 'enforced-processing-total'])
const ofNodes: ReadonlySet<string> = new Set(['process-total', 'suppression-emit-total', 'window-aggregate-final-emit-total'])

/** What a driver has counted that depends on nothing but the records, by name and place; what is zero is left out. java/Totals.java is its twin. */
export function totalsOf(driver: TopologyTestDriver, topology: PhysicalTopology): Readonly<Record<string, number>> {
  const patterns = new Map<string, string>()
  for (const { sources } of topology.subtopologies)
    for (const { name, pattern } of sources) if (pattern !== null) patterns.set(name, pattern.source)
  const totals = new Map<string, number>()
  for (const { group, name, labels, value } of driver.metrics()) {
    const key = keyOf(group, name, labels, patterns)
    if (key !== null && value !== 0) totals.set(key, (totals.get(key) ?? 0) + value)
  }
  return Object.fromEntries([...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** `null`: not compared. */
function keyOf(
  group: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  patterns: ReadonlyMap<string, string>,
): string | null {
  const { 'task-id': task, 'processor-node-id': node = '', topic, 'in-memory-state-id': store } = labels
  switch (group) {
    case 'stream-task-metrics':
      return ofTasks.has(name) ? `${name}${task === '-1_-1' ? ' global' : ''}` : null
    case 'stream-processor-node-metrics':
      return ofNodes.has(name) ? `${name} ${node}` : null
    case 'stream-topic-metrics':
      // Java's driver counts what a pattern matches as one topic.
      return name.includes('produced') ? `${name} ${topic}` : `${name} ${node} ${patterns.get(node) ?? topic}`
    case 'stream-state-metrics':
      return name === 'num-open-iterators' ? `${name} ${store}` : null
    default:
      return null
  }
}
