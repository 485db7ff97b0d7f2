import type { StreamsBuilder } from 'millrace'
import { count, wordCount } from './counts.ts'
import { foreignKeyJoin, streamJoin, tableJoin } from './joins.ts'
import { jsonMap, pass, stateless } from './stateless.ts'
import type { TopologyOptions } from './topology-options.ts'
import { windowedSum } from './windowed-sum.ts'
import { table } from './table.ts'

/** What is measured, by the names that modes ask for them; Java's are in Topologies.java. */
export const topologies = {
  stateless,
  pass,
  json: jsonMap,
  'word-count': wordCount,
  count,
  'windowed-sum': windowedSum,
  'table-join': tableJoin,
  'stream-join': streamJoin,
  'foreign-key-join': foreignKeyJoin,
  table,
} as const satisfies Readonly<Record<string, (options: TopologyOptions) => StreamsBuilder>>

/** The name of one of them. */
export type TopologyName = keyof typeof topologies
