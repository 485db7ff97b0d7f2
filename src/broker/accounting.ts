import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'

/** What the cluster has been asked to do so far. */
export interface ClusterTraffic {
  /** Requests that took effect, by API, in the order of their first one. */
  readonly requests: ReadonlyMap<Api, number>
  /** Bytes of record batches that clients sent. */
  readonly producedBytes: number
  /** Bytes of record batches in answers. */
  readonly fetchedBytes: number
}

/** Counts requests and bytes of records. */
export class Accounting implements ClusterTraffic {
  readonly #requests = new Map<Api, number>()
  producedBytes = 0
  fetchedBytes = 0

  get requests(): ReadonlyMap<Api, number> {
    return this.#requests
  }

  count(api: Api): void {
    this.#requests.set(api, (this.#requests.get(api) ?? 0) + 1)
  }

  countProduced(request: RequestOf<'Produce'>): void {
    for (const topic of request.topicData) for (const { records } of topic.partitionData) this.producedBytes += records?.length ?? 0
  }

  countFetched(response: ResponseOf<'Fetch'>): void {
    for (const topic of response.responses) for (const { records } of topic.partitions) this.fetchedBytes += records?.length ?? 0
  }
}
