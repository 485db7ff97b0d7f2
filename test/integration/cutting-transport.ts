import { ClusterError } from '../../src/base/errors.ts'
import type { CutRule } from '../../src/client/contract-scene.test.ts'
import type { Api, RequestOf, ResponseOf } from '../../src/protocol/messages.ts'
import type { Connection, Transport } from '../../src/protocol/transport.ts'

/** A rule with how many requests it has matched. */
export interface CountedCut {
  readonly rule: CutRule
  seen: number
}

/** `inner`, whose connections end where `rules` say so: before the request reaches the broker, or when its answer has come. */
export function cuttingTransport(inner: Transport, clientId: string, rules: readonly CountedCut[]): Transport {
  return {
    connect: async (at, purpose) => {
      const connection = await inner.connect(at, purpose)
      return new CuttingConnection(connection, (api) => findCut(rules, api, clientId))
    },
  }
}

function findCut(rules: readonly CountedCut[], api: Api, clientId: string): CutRule | null {
  for (const counted of rules) {
    const { rule } = counted
    const { skip = 0, times = 1 } = rule
    if (rule.api !== api || (rule.clientId ?? clientId) !== clientId || counted.seen >= skip + times) continue
    counted.seen++
    if (counted.seen > skip) return rule
  }
  return null
}

class CuttingConnection implements Connection {
  readonly #inner: Connection
  readonly #cutOf: (api: Api) => CutRule | null

  constructor(inner: Connection, cutOf: (api: Api) => CutRule | null) {
    this.#inner = inner
    this.#cutOf = cutOf
  }

  get versions(): Connection['versions'] {
    return this.#inner.versions
  }

  get features(): Connection['features'] {
    return this.#inner.features
  }

  get isClosed(): boolean {
    return this.#inner.isClosed
  }

  async send<A extends Api>(api: A, version: number, request: RequestOf<A>, timeoutMs: number): Promise<ResponseOf<A>> {
    const cut = this.#inner.isClosed ? null : this.#cutOf(api)
    if (cut?.when === 'before') this.#end(api)
    const response = await this.#inner.send(api, version, request, timeoutMs)
    if (cut?.when === 'after') this.#end(api)
    return response
  }

  close(): void {
    this.#inner.close()
  }

  #end(api: Api): never {
    this.#inner.close()
    throw new ClusterError('OUTCOME_UNKNOWN', `Cannot tell whether ${api} was handled: the test has cut the connection`)
  }
}
