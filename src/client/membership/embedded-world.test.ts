import type { Environment } from '../../base/environment.ts'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import type { EmbeddedClusterOptions } from '../../broker/cluster-options.ts'
import { EmbeddedCluster } from '../../broker/embedded-cluster.ts'
import type { MembershipWorld } from './contract.ts'

/** The embedded cluster on virtual time, for tests of memberships. */
export class EmbeddedWorld implements MembershipWorld {
  readonly time: VirtualWorld
  readonly cluster: EmbeddedCluster
  readonly prefix = ''
  readonly protocol: MembershipWorld['protocol']
  readonly heartbeatIntervalMs = 1_000
  readonly sessionTimeoutMs = 6_000
  readonly initialRebalanceDelayMs = 1_500

  constructor(options: EmbeddedClusterOptions & { readonly protocol?: MembershipWorld['protocol'] } = {}, seed = 1) {
    const { protocol, ...cluster } = options
    this.protocol = protocol ?? 'streams'
    this.time = new VirtualWorld({ seed, shuffle: true })
    this.cluster = new EmbeddedCluster({
      environment: this.time.environment('cluster'),
      nodes: 2,
      codec: 'encode',
      latencyMs: 2,
      heartbeatIntervalMs: this.heartbeatIntervalMs,
      sessionTimeoutMs: this.sessionTimeoutMs,
      initialRebalanceDelayMs: this.initialRebalanceDelayMs,
      ...cluster,
    })
  }

  environment(name: string): Environment {
    return this.time.environment(name)
  }

  advance(ms: number): Promise<void> {
    return this.time.advance(ms)
  }

  until(condition: () => boolean, limitMs: number): Promise<void> {
    return this.time.run(condition, { maxTimeMs: limitMs })
  }

  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const watched = promise.finally(() => (isSettled = true))
    watched.catch(() => {})
    await this.time.run(() => isSettled, { maxTimeMs: 120_000 })
    return await watched
  }

  close(): Promise<void> {
    this.cluster.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
