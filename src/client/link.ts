import type { Environment } from '../base/environment.ts'
import { ClusterError } from '../base/errors.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { ApiVersionRange, Connection, FinalizedFeatures } from '../protocol/transport.ts'

/** A connection to a known node that picks versions and obeys the throttle times of the broker (all APIs, N§4.4). */
export class Link {
  readonly nodeId: number
  /** Whether a request was ever answered on it. */
  wasAnswered = false
  readonly #connection: Connection
  readonly #environment: Environment
  #mutedUntilMs = 0
  /** Resolves when the throttle time is over; `null` when there is none. */
  #gate: Promise<void> | null = null

  constructor(nodeId: number, connection: Connection, environment: Environment) {
    this.nodeId = nodeId
    this.#connection = connection
    this.#environment = environment
  }

  get isClosed(): boolean {
    return this.#connection.isClosed
  }

  get features(): FinalizedFeatures {
    return this.#connection.features
  }

  /** Whether the broker asked to be left alone for now: what is sent waits. */
  get isMuted(): boolean {
    return this.#gate !== null
  }

  /** The highest version of `api` that the broker and `within` have in common, or -1. */
  findVersion(api: Api, within: ApiVersionRange): number {
    const range = this.#connection.versions[api]
    if (range === undefined) return -1
    const version = Math.min(range.max, within.max)
    return version < Math.max(range.min, within.min) ? -1 : version
  }

  /** As `findVersion`, but throws UNSUPPORTED_VERSION where there is none. */
  version(api: Api, within: ApiVersionRange): number {
    const version = this.findVersion(api, within)
    if (version >= 0) return version
    const range = this.#connection.versions[api]
    const offered = range === undefined ? 'the broker does not have it' : `the broker has versions ${range.min} to ${range.max}`
    const remedy =
      range !== undefined && range.min > within.max
        ? 'it is too new, use a later release of Millrace'
        : 'it is too old, Apache Kafka 3.6 or later is required, with groupProtocol "streams" 4.2'
    throw new ClusterError('UNSUPPORTED_VERSION', `Cannot use ${api} version ${within.min} to ${within.max}: ${offered}; ${remedy}`)
  }

  /** As `Connection.send`, after the throttle time. Keeps the order of the calls. */
  send<A extends Api>(api: A, version: number, request: RequestOf<A>, timeoutMs: number): Promise<ResponseOf<A>> {
    const sent =
      this.#gate === null
        ? this.#connection.send(api, version, request, timeoutMs)
        : this.#whenOpen().then(() => this.#connection.send(api, version, request, timeoutMs))
    return sent.then((response) => {
      this.wasAnswered = true
      if ('throttleTimeMs' in response && response.throttleTimeMs > 0) this.#mute(response.throttleTimeMs)
      return response
    })
  }

  async #whenOpen(): Promise<void> {
    while (this.#gate !== null) await this.#gate
  }

  close(): void {
    this.#connection.close()
  }

  #mute(throttleMs: number): void {
    const { clock, scheduler } = this.#environment
    this.#mutedUntilMs = Math.max(this.#mutedUntilMs, clock.monotonic() + throttleMs)
    this.#gate ??= new Promise((resolve) => {
      const wait = (): void => {
        const restMs = this.#mutedUntilMs - clock.monotonic()
        if (restMs > 0 && !this.isClosed) return void scheduler.after(restMs, wait)
        this.#gate = null
        resolve()
      }
      scheduler.after(throttleMs, wait)
    })
  }
}
