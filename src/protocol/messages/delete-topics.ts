import type { ApiSchema } from '../schema.ts'

/** The request of `DeleteTopics`. */
export interface DeleteTopicsRequest {
  readonly topics: readonly DeleteTopicState[]
  readonly topicNames: readonly string[]
  readonly timeoutMs: number
}

/** Part of `DeleteTopicsRequest.topics`. */
export interface DeleteTopicState {
  readonly name: string | null
  readonly topicId: string
}

/** The response of `DeleteTopics`. */
export interface DeleteTopicsResponse {
  readonly throttleTimeMs: number
  readonly responses: readonly DeletableTopicResult[]
}

/** Part of `DeleteTopicsResponse.responses`. */
export interface DeletableTopicResult {
  readonly name: string | null
  readonly topicId: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Deletes topics: by name up to version 5, by name or id in `topics` from 6. */
export const deleteTopicsApi: ApiSchema = {
  name: 'DeleteTopics',
  key: 20,
  versions: [1, 6],
  flexibleSince: 4,
  request: [
    {
      name: 'topics',
      type: '[]struct',
      since: 6,
      fields: [
        { name: 'name', type: 'string', nullable: true, default: null },
        { name: 'topicId', type: 'uuid' },
      ],
    },
    { name: 'topicNames', type: '[]string', until: 5, ignorable: true },
    { name: 'timeoutMs', type: 'int32' },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'responses',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string', nullable: 6 },
        { name: 'topicId', type: 'uuid', since: 6, ignorable: true },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
      ],
    },
  ],
}
