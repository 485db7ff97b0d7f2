// The entry `millrace/broker`: a Kafka cluster inside the process.
export { EmbeddedCluster } from '../broker/embedded-cluster.ts'
export type { CreateTopicOptions } from '../broker/embedded-cluster.ts'
export type { EmbeddedClusterOptions } from '../broker/cluster-options.ts'
export type { NewRecord } from '../broker/log/direct-append.ts'
export type { PartitionOffsets } from '../broker/embedded-cluster.ts'
export type { Release } from '../broker/group-host.ts'
export type { StoredRecord } from '../broker/log/direct-read.ts'
