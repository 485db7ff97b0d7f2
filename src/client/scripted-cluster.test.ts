// A cluster whose every answer a test writes itself, for what a healthy cluster never answers. No tests here.
import { ClusterError } from '../base/errors.ts'
import { type VirtualEnvironment, VirtualWorld } from '../base/virtual-environment.ts'
import { type Api, apis, type RequestOf, type ResponseOf } from '../protocol/messages.ts'
import { supportedVersions } from '../protocol/api-version.ts'
import type { ApiVersionRange, Connection, Endpoint, Transport } from '../protocol/transport.ts'
import { zeroUuid } from '../protocol/uuid.ts'
import { Client } from './client.ts'
import type { ClientOptions } from './client-options.ts'

/** A request as the cluster got it. */
export interface SeenRequest<A extends Api = Api> {
  readonly api: A
  readonly version: number
  readonly node: number
  readonly atMs: number
  readonly request: RequestOf<A>
}

type Script = { [A in Api]?: (request: RequestOf<A>, seen: SeenRequest<A>) => ResponseOf<A> | 'cut' }

export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** Two nodes, one topic `t` with one partition at node 1, epoch 1, and no answers but metadata. */
export class ScriptedCluster implements Transport {
  readonly world: VirtualWorld = new VirtualWorld({ seed: 1 })
  readonly environment: VirtualEnvironment = this.world.environment('client')
  readonly script: Script = {}
  readonly seen: SeenRequest[] = []
  readonly features: Map<string, number> = new Map([['transaction.version', 2]])
  /** How long an answer takes; 0: until the next turn. */
  answerMs = 0
  /** Nobody listens. */
  isDown = false
  /** When somebody tried to connect, and to which node. */
  readonly connects: { readonly atMs: number; readonly node: number }[] = []
  /** What the nodes offer where it is less than what we know. */
  readonly offered: Partial<Record<Api, ApiVersionRange>> = {}
  leader: { leaderId: number; leaderEpoch: number } = { leaderId: 1, leaderEpoch: 1 }
  readonly client: Client

  constructor(script: Script = {}, options: Partial<ClientOptions> = {}) {
    this.script = { Metadata: () => this.#metadata(), FindCoordinator: (request) => found(request), ...script }
    this.client = new Client({
      clientId: 'c',
      bootstrap: [{ host: 'node', port: 1 }],
      transport: this,
      environment: this.environment,
      requestTimeoutMs: 5_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      metadataMaxAgeMs: 300_000,
      ...options,
    })
  }

  /** What was asked through `api`. */
  requests<A extends Api>(api: A): SeenRequest<A>[] {
    return this.seen.filter((seen): seen is SeenRequest<A> => seen.api === api)
  }

  async settle<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = work.finally(() => {
      isSettled = true
    })
    settled.catch(() => undefined)
    await this.world.run(() => isSettled, { maxTimeMs: 600_000 })
    return settled
  }

  connect(at: Endpoint): Promise<Connection> {
    const { scheduler, clock } = this.environment
    let isClosed = false
    this.connects.push({ atMs: clock.monotonic(), node: at.port })
    if (this.isDown) return Promise.reject(new ClusterError('NOT_SENT', 'nobody listens'))
    const connection: Connection = {
      versions: { ...Object.fromEntries(apis.map((api): [Api, ApiVersionRange] => [api, supportedVersions(api)])), ...this.offered },
      features: new Map(this.features),
      get isClosed() {
        return isClosed
      },
      close: () => {
        isClosed = true
      },
      send: (api, version, request) =>
        new Promise((resolve, reject) => {
          const seen = { api, version, node: at.port, atMs: clock.monotonic(), request }
          this.seen.push(seen)
          const answer = (): void => {
            const handler = this.script[api]
            const said = handler === undefined ? 'cut' : handler(request, seen)
            if (said !== 'cut') return resolve(said)
            isClosed = true
            reject(new ClusterError('OUTCOME_UNKNOWN', 'the connection was cut'))
          }
          if (this.answerMs > 0) scheduler.after(this.answerMs, answer)
          else scheduler.soon(answer)
        }),
    }
    return new Promise((resolve) => scheduler.soon(() => resolve(connection)))
  }

  #metadata(): ResponseOf<'Metadata'> {
    const node = (nodeId: number) => ({ nodeId, host: 'node', port: nodeId, rack: null })
    const partition = { errorCode: 0, partitionIndex: 0, ...this.leader, replicaNodes: [1, 2], isrNodes: [1, 2], offlineReplicas: [] }
    return {
      throttleTimeMs: 0,
      brokers: [node(1), node(2)],
      clusterId: 'scripted',
      controllerId: 1,
      topics: [{ errorCode: 0, name: 't', topicId: TOPIC_ID, isInternal: false, partitions: [partition], topicAuthorizedOperations: 0 }],
      clusterAuthorizedOperations: 0,
      errorCode: 0,
    }
  }
}

function found(request: RequestOf<'FindCoordinator'>): ResponseOf<'FindCoordinator'> {
  const at = { nodeId: 2, host: 'node', port: 2, errorCode: 0, errorMessage: null }
  const coordinators = request.coordinatorKeys.map((key) => ({ key, ...at }))
  return { throttleTimeMs: 0, ...at, coordinators }
}

/** One partition of a Fetch answer, empty unless told otherwise. */
export function fetched(
  data: Partial<ResponseOf<'Fetch'>['responses'][number]['partitions'][number]> = {},
  top: Partial<ResponseOf<'Fetch'>> = {},
): ResponseOf<'Fetch'> {
  const partition = {
    partitionIndex: 0,
    errorCode: 0,
    highWatermark: 100,
    lastStableOffset: 100,
    logStartOffset: 0,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: null,
    ...data,
  }
  const responses = [{ topic: '', topicId: TOPIC_ID, partitions: [partition] }]
  return { throttleTimeMs: 0, errorCode: 0, sessionId: 7, responses, nodeEndpoints: [], ...top }
}

/** A Fetch answer with a session and nothing in it. */
export function nothingFetched(top: Partial<ResponseOf<'Fetch'>> = {}): ResponseOf<'Fetch'> {
  return fetched({}, { responses: [], ...top })
}

/** The answer to a Produce request with the code of `t` partition 0. */
export function produced(errorCode: number, baseOffset = 0): ResponseOf<'Produce'> {
  const answer = {
    index: 0,
    errorCode,
    baseOffset: errorCode === 0 ? baseOffset : -1,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordErrors: [],
    errorMessage: null,
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
  }
  return { responses: [{ name: 't', topicId: zeroUuid, partitionResponses: [answer] }], throttleTimeMs: 0, nodeEndpoints: [] }
}
