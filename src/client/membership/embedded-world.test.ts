import assert from 'node:assert/strict'
import type { Environment } from '../../base/environment.ts'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import type { EmbeddedClusterOptions } from '../../broker/cluster-options.ts'
import { EmbeddedCluster } from '../../broker/embedded-cluster.ts'
import { type MembershipWorld, TestThread, createInput, runAll } from './contract.ts'

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

/** Three members go through random faults, kills, restarts and losses; when the faults end each task runs once. */
export async function survive(world: EmbeddedWorld): Promise<void> {
  await createInput(world)
  const { random } = world.time
  const names = ['a', 'b', 'c']
  const threads = new Map(names.map((name) => [name, new TestThread(world, name, { rebalanceTimeoutMs: 8_000 }).start()]))
  world.cluster.faults.startRandom({ cutBefore: 0.1, cutAfter: 0.15, stall: 0.01, eventIntervalMs: 3_000 })
  for (let step = 0; step < 12; step++) {
    await world.advance(Math.floor(random.next() * 5_000))
    const name = names[Math.floor(random.next() * names.length)]!
    const thread = threads.get(name)!
    const draw = random.next()
    if (draw < 0.3) thread.kill()
    else if (draw < 0.5) void thread.leave()
    else if (draw < 0.7) thread.membership.rejoin()
    else continue
    if (draw < 0.5) threads.set(name, new TestThread(world, name, { rebalanceTimeoutMs: 8_000 }).start())
    else thread.active = []
  }
  world.cluster.faults.stop()
  const alive = [...threads.values()]
  await world.until(() => alive.every(({ active }) => active.length > 0) && runAll(alive), 60_000)
  await world.advance(20_000)
  assert.equal(runAll(alive), true, 'and stays so')
  assert.deepEqual(
    alive.flatMap(({ errors }) => errors.map(String)),
    [],
  )
}
