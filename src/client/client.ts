import { ClusterError } from '../base/errors.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { MetadataResponse } from '../protocol/messages/metadata.ts'
import { zeroUuid } from '../protocol/uuid.ts'
import type { ApiVersionRange, ConnectionPurpose, Endpoint, FinalizedFeatures } from '../protocol/transport.ts'
import type { ClientOptions } from './client-options.ts'
import type { Link } from './link.ts'
import { MetadataCache } from './metadata-cache.ts'
import { NodeLinks } from './node-links.ts'
import { isPassing } from './retry.ts'

/** What is asked, in the version that was agreed on. */
export type RequestMaker<A extends Api> = (version: number) => RequestOf<A>

/** Versions of Metadata that are used: from 9 (flexible, leader epochs) on. */
const metadataVersions: ApiVersionRange = { min: 9, max: 13 }

/** What everything of one application instance that talks to one cluster shares: addresses, metadata, connections for administration. */
export class Client {
  readonly options: ClientOptions
  readonly metadata: MetadataCache
  readonly #control: NodeLinks
  readonly #owned = new Set<NodeLinks>()

  constructor(options: ClientOptions) {
    this.options = options
    this.metadata = new MetadataCache(options, (topics, timeoutMs) => this.#askMetadata(topics, timeoutMs))
    this.#control = this.openLinks('control')
  }

  /** Finalized features of the cluster, from any of its nodes. Rejects NOT_SENT if none can be reached now. */
  async features(): Promise<FinalizedFeatures> {
    const link = await this.#anyLink()
    return link.features
  }

  /** Connections for an owner of its own; they end with the client at the latest. */
  openLinks(purpose: ConnectionPurpose): NodeLinks {
    const links = new NodeLinks(this.options, purpose, (nodeId) => this.#locate(nodeId))
    this.#owned.add(links)
    return links
  }

  /** Ends what `openLinks` gave. */
  closeLinks(links: NodeLinks): void {
    links.close()
    this.#owned.delete(links)
  }

  /** Sends to any node, once. Rejects NOT_SENT, OUTCOME_UNKNOWN or UNSUPPORTED_VERSION. */
  async sendToAny<A extends Api>(api: A, versions: ApiVersionRange, request: RequestMaker<A>, timeoutMs?: number): Promise<ResponseOf<A>> {
    const link = await this.#anyLink()
    const version = link.version(api, versions)
    return await link.send(api, version, request(version), timeoutMs ?? this.options.requestTimeoutMs)
  }

  /** Sends to the node `nodeId`, once, on the connection for administration. Rejects as `sendToAny`. */
  async sendToNode<A extends Api>(nodeId: number, api: A, versions: ApiVersionRange, request: RequestMaker<A>): Promise<ResponseOf<A>> {
    const link = await this.#control.get(nodeId)
    const version = link.version(api, versions)
    return await link.send(api, version, request(version), this.options.requestTimeoutMs)
  }

  /** Ends all connections. What is under way rejects NOT_SENT or OUTCOME_UNKNOWN, what comes later CLIENT_CLOSED. */
  close(): void {
    this.metadata.close()
    for (const links of this.#owned) links.close()
  }

  /** Bootstrap addresses have negative ids: -1 is the first. */
  #locate(nodeId: number): Endpoint | undefined {
    return nodeId < 0 ? this.options.bootstrap[-1 - nodeId] : this.metadata.node(nodeId)
  }

  /** An open connection if there is one, else the node whose back-off is over first; bootstrap addresses come after known nodes. */
  async #anyLink(): Promise<Link> {
    const { random } = this.options.environment
    const open = this.#control.openNodes()
    if (open.length > 0) return await this.#control.get(open[Math.floor(random.next() * open.length)]!)
    const known = this.metadata.brokers().map((node) => ({ nodeId: node.nodeId, draw: random.next() }))
    const bootstrap = this.options.bootstrap.map((_, index) => ({ nodeId: -1 - index, draw: 1 + random.next() }))
    const candidates = [...known, ...bootstrap].map((node) => ({ ...node, waitMs: this.#control.waitMs(node.nodeId) }))
    candidates.sort((a, b) => a.waitMs - b.waitMs || a.draw - b.draw)
    let failure: unknown = new ClusterError('NOT_SENT', 'Cannot connect to the cluster: no bootstrap address is configured')
    let refusal: unknown = null
    for (const { nodeId } of candidates) {
      try {
        return await this.#control.get(nodeId)
      } catch (error) {
        failure = error
        // Who we are is wrong whether or not another node is down as well.
        if (!isPassing(error)) refusal ??= error
      }
    }
    throw refusal ?? failure
  }

  #askMetadata(topics: readonly string[] | null, timeoutMs: number): Promise<MetadataResponse> {
    return this.sendToAny(
      'Metadata',
      metadataVersions,
      () => ({
        topics: topics === null ? null : topics.map((name) => ({ topicId: zeroUuid, name })),
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      }),
      timeoutMs,
    )
  }
}
