import { sleep } from '../base/environment.ts'
import { ClusterError, type MillraceError } from '../base/errors.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { FindCoordinatorResponse } from '../protocol/messages/find-coordinator.ts'
import type { ApiVersionRange, Endpoint, FinalizedFeatures } from '../protocol/transport.ts'
import { Backoff } from './backoff.ts'
import type { Client } from './client.ts'
import type { ClientOptions } from './client-options.ts'
import { kafkaErrorName, kafkaErrors } from '../protocol/kafka-errors.ts'
import { isUnauthorized, kafkaError } from './kafka-error.ts'
import { Link } from './link.ts'
import { closedError } from './node-links.ts'
import { isPassing } from './retry.ts'

/** What a coordinator coordinates. */
export type CoordinatorKind = 'group' | 'transaction'

/** An answer with the version in which it was asked. */
export interface CoordinatorAnswer<A extends Api> {
  readonly version: number
  readonly response: ResponseOf<A>
}

/** Versions of FindCoordinator that are used: 3 (one key), 4 to 6 (a list of keys). */
const findVersions: ApiVersionRange = { min: 3, max: 6 }

/** The broker that coordinates one group or one transactional id, over a connection of its own. */
export class Coordinator {
  readonly kind: CoordinatorKind
  readonly key: string
  /** Those of the client. */
  readonly options: ClientOptions
  readonly #client: Client
  readonly #backoff: Backoff
  #link: Link | null = null
  #finding: Promise<Link> | null = null
  #isClosed = false

  constructor(client: Client, kind: CoordinatorKind, key: string) {
    this.#client = client
    this.options = client.options
    this.kind = kind
    this.key = key
    const { retryBackoffMs, retryBackoffMaxMs, environment } = client.options
    this.#backoff = new Backoff(retryBackoffMs, retryBackoffMaxMs, environment.random)
  }

  /**
   * Finds the coordinator and connects where needed (with back-off, for `timeoutMs` at most), picks the highest version that the broker
   * has within `versions`, sends, and waits for `timeoutMs` at most (default: the request time-out).
   *
   * Rejects with `ClusterError` NOT_SENT (no effect; also when no coordinator was found in time), OUTCOME_UNKNOWN, UNSUPPORTED_VERSION,
   * NOT_AUTHORIZED or CLIENT_CLOSED. Error codes inside the response are the caller's business: it calls `invalidate()` on 15 and 16.
   */
  async send<A extends Api>(
    api: A,
    versions: ApiVersionRange,
    request: (version: number) => RequestOf<A>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<CoordinatorAnswer<A>> {
    const timeoutMs = options.timeoutMs ?? this.options.requestTimeoutMs
    const link = await this.#connect(timeoutMs)
    const version = link.version(api, versions)
    try {
      const response = await link.send(api, version, request(version), timeoutMs)
      return { version, response }
    } catch (error) {
      if (link === this.#link) this.invalidate()
      throw error
    }
  }

  /** Forgets which node it is, and ends the connection to it. */
  invalidate(): void {
    this.#link?.close()
    this.#link = null
  }

  /** Finalized features as the coordinator's node reports them. Rejects as `send`. */
  async features(): Promise<FinalizedFeatures> {
    const link = await this.#connect(this.options.requestTimeoutMs)
    return link.features
  }

  /** The connection to it, if there is one now. */
  get openLink(): Link | null {
    return this.#link === null || this.#link.isClosed ? null : this.#link
  }

  /** Ends its connection; everything rejects from now on. */
  close(): void {
    this.#isClosed = true
    this.invalidate()
  }

  #connect(timeoutMs: number): Promise<Link> {
    if (this.#isClosed) return Promise.reject(closedError())
    if (this.#link !== null && !this.#link.isClosed) return Promise.resolve(this.#link)
    this.#finding ??= this.#findUntil(timeoutMs).finally(() => (this.#finding = null))
    return this.#finding
  }

  async #findUntil(timeoutMs: number): Promise<Link> {
    const { clock, scheduler } = this.options.environment
    const deadlineMs = clock.monotonic() + timeoutMs
    for (;;) {
      try {
        const link = await this.#find()
        if (this.#isClosed) {
          link.close()
          throw closedError()
        }
        this.#link = link
        this.#backoff.reset()
        return link
      } catch (error) {
        if (this.#isClosed || !isPassing(error)) throw error
        const waitMs = this.#backoff.nextMs()
        if (clock.monotonic() + waitMs >= deadlineMs) {
          throw new ClusterError(
            'NOT_SENT',
            `Cannot find the coordinator of ${this.kind} '${this.key}': ${(error as MillraceError).message}`,
            {
              cause: error,
            },
          )
        }
        await sleep(scheduler, waitMs)
      }
    }
  }

  async #find(): Promise<Link> {
    const keyType = this.kind === 'group' ? 0 : 1
    const response = await this.#client.sendToAny('FindCoordinator', findVersions, (version) =>
      version < 4 ? { key: this.key, keyType, coordinatorKeys: [] } : { key: '', keyType, coordinatorKeys: [this.key] },
    )
    const found = this.#read(response)
    const { transport, environment } = this.options
    return new Link(found.nodeId, await transport.connect(found, 'coordinator'), environment)
  }

  #read(response: FindCoordinatorResponse): Endpoint & { readonly nodeId: number } {
    const found = response.coordinators.length > 0 ? response.coordinators[0]! : response
    const { errorCode } = found
    if (errorCode === kafkaErrors.NONE) return found
    const action = `find the coordinator of ${this.kind} '${this.key}'`
    // Anything but a refusal may pass: the coordinator's log may just be being created.
    if (isUnauthorized(errorCode)) throw kafkaError(errorCode, action)
    throw new ClusterError('BROKER_NOT_READY', `Cannot ${action}: the cluster answered ${kafkaErrorName(errorCode)}`, {
      kafkaCode: errorCode,
    })
  }
}
