import type { AssignmentInfo, HostPartitions } from '../../../protocol/classic/assignment-info.ts'
import type { EndpointPartitions } from '../membership.ts'
import { byTopicSorted } from './owned-partitions.ts'

/** Where the tasks of the group run, as the leader tells all members. */
export function readEndpoints({ partitionsByHost, standbyPartitionsByHost }: AssignmentInfo): EndpointPartitions[] {
  const addresses = new Map([...partitionsByHost, ...standbyPartitionsByHost].map(({ host, port }) => [`${host}:${port}`, { host, port }]))
  return [...addresses.values()].map((endpoint) => ({
    endpoint,
    active: partitionsAt(partitionsByHost, endpoint),
    standby: partitionsAt(standbyPartitionsByHost, endpoint),
  }))
}

function partitionsAt(
  hosts: readonly HostPartitions[],
  { host, port }: EndpointPartitions['endpoint'],
): ReadonlyMap<string, readonly number[]> {
  const here = hosts.filter((entry) => entry.host === host && entry.port === port).flatMap(({ partitions }) => partitions)
  return new Map(byTopicSorted(here).map(({ topic, partitions }) => [topic, partitions]))
}
