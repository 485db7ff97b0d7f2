import { TopologyError } from '../../base/errors.ts'

/** The error for source topics that do not exist; `detail` is what the coordinator, or the leader, says of it. */
export function missingSources(groupId: string, detail: string): TopologyError {
  return new TopologyError(
    'SOURCE_TOPICS_MISSING',
    `${actionOf(groupId)}: ${withoutStop(detail)}; they must exist before the application starts, and as long as it runs`,
  )
}

/** The error for topics whose numbers of partitions do not fit the topology; `detail` is what the coordinator, or the leader, says of it. */
export function wrongPartitions(groupId: string, detail: string): TopologyError {
  return new TopologyError('TOPIC_PARTITIONS', `${actionOf(groupId)}: ${withoutStop(detail)}; ${remedyFor(detail)}`)
}

/** The coordinator says in words only which of its checks has failed. */
function remedyFor(detail: string): string {
  if (detail.startsWith('Existing topic')) {
    return (
      'the application made it for the number of partitions that its source topics had. Give these back their number, or stop all ' +
      'instances, reset the application and let it make its internal topics anew'
    )
  }
  if (detail.startsWith('Failed to compute')) return 'the topics that feed them must exist, and each pattern must match one'
  if (detail.startsWith('Number of partitions')) return 'give repartition() the number of the topic that it is joined with, or none'
  return 'joined topics need equal numbers, create them so or repartition() one side'
}

function actionOf(groupId: string): string {
  return `Cannot run group "${groupId}"`
}

function withoutStop(detail: string): string {
  return detail.replace(/\.$/, '')
}
