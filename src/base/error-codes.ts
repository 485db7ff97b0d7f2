/** What is known of an error code. `meaning` and `remedy` are sentences; the reference page is generated from them. */
export interface ErrorCodeInfo {
  readonly family: 'TopologyError' | 'ConfigError' | 'SerdeError' | 'StoreError' | 'ClusterError' | 'TaskError' | 'QueryError'
  readonly retriable: boolean
  readonly meaning: string
  readonly remedy: string
}

/** Every error code, once. Sorted by family, then by name; a tidy test checks that each is thrown somewhere. */
export const errorCodes = {
  // ClusterError
  CORRUPT_BATCH: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'A record batch is cut off, has a wrong checksum, an unsupported format or impossible lengths.',
    remedy: 'Check the topic with the tools of the broker; the error names topic, partition and offset.',
  },
  NOT_SENT: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'The connection ended before the request left: it had no effect.',
    remedy: 'Nothing; the client connects again and sends it again.',
  },
  OUTCOME_UNKNOWN: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'The connection ended or the time ran out after the request left: it may or may not have had an effect.',
    remedy: 'Nothing; the client finds out or repeats what is safe to repeat.',
  },
  // TaskError
  TASK_MIGRATED: {
    family: 'TaskError',
    retriable: true,
    meaning: 'The task now belongs to another member of the group, or its producer was fenced.',
    remedy: 'Nothing; the thread closes its tasks and joins the group again.',
  },
} as const

/** A key of the table of error codes. */
export type ErrorCode = keyof typeof errorCodes

/** What the table says of `code`. */
export function infoOf(code: ErrorCode): ErrorCodeInfo {
  return errorCodes[code]
}
