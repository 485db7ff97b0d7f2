import type { EndpointToPartitions, TopicPartitions } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { EndpointPartitions } from './membership.ts'

/** One entry per host and port: the broker sends one per member, and the threads of an instance are members with one endpoint (N§1.13). */
export function unionByEndpoint(entries: readonly EndpointToPartitions[]): EndpointPartitions[] {
  const byAddress = new Map<string, { endpoint: EndpointPartitions['endpoint']; active: PartitionSets; standby: PartitionSets }>()
  for (const { userEndpoint, activePartitions, standbyPartitions } of entries) {
    const address = `${userEndpoint.host}:${userEndpoint.port}`
    let entry = byAddress.get(address)
    if (entry === undefined) {
      entry = { endpoint: { host: userEndpoint.host, port: userEndpoint.port }, active: new Map(), standby: new Map() }
      byAddress.set(address, entry)
    }
    add(entry.active, activePartitions)
    add(entry.standby, standbyPartitions)
  }
  return [...byAddress.values()].map(({ endpoint, active, standby }) => ({ endpoint, active: sorted(active), standby: sorted(standby) }))
}

type PartitionSets = Map<string, Set<number>>

function add(sets: PartitionSets, entries: readonly TopicPartitions[]): void {
  for (const { topic, partitions } of entries) sets.set(topic, new Set([...(sets.get(topic) ?? []), ...partitions]))
}

function sorted(sets: PartitionSets): Map<string, readonly number[]> {
  return new Map([...sets].map(([topic, partitions]) => [topic, [...partitions].sort((a, b) => a - b)]))
}
