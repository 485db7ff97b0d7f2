import { after, before, describe } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../src/base/environment.ts'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { clientContract, realClusterLacks } from '../../src/client/contract.ts'
import type { ClusterUnderTest } from '../../src/client/contract-scene.test.ts'
import { type MembershipWorld, membershipContract } from '../../src/client/membership/contract.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { type CountedCut, cuttingTransport } from './cutting-transport.ts'

const POLL_MS = 20

/** The tests provoke what is warned of. */
const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The contracts on one release of Kafka. */
export interface WireContract {
  readonly version: string
  readonly transactionVersion: 1 | 2
  /** Only what differs from other releases. */
  readonly onlyDiffering: boolean
  /** How many cases of the client contract apply. */
  readonly clientCases: number
  /** The same of the membership contract on classic groups; `null`: it is not run. */
  readonly membershipCases: number | null
}

/** Runs the contracts on a node of a release that is started for them, in real time. */
export function wireContract({ version, transactionVersion, onlyDiffering, clientCases, membershipCases }: WireContract): void {
  describe(`Kafka ${version}, transaction version ${transactionVersion}`, { skip: kafkaSkipReason() }, () => {
    let node: KafkaNode
    let worlds = 0
    before(async () => {
      node = await KafkaNode.start({ version, transactionVersion, shortTimeouts: true })
    })
    after(() => node.stop())

    clientContract('client', () => Promise.resolve(wireCluster(node)), {
      transactionVersion,
      concurrency: 8,
      lacks: realClusterLacks,
      onlyDiffering,
      applicable: clientCases,
    })
    if (membershipCases === null) return
    describe('members of classic groups', { concurrency: 6 }, () => {
      const open = (): Promise<MembershipWorld> => Promise.resolve(classicWorld(node, `world-${worlds++}-`))
      membershipContract('classic', open, { protocol: 'classic', onlyDiffering, applicable: membershipCases })
    })
  })
}

/** A real node as the client contract sees it; its connections can be cut on the client's side. */
function wireCluster(node: KafkaNode): ClusterUnderTest {
  const rules: CountedCut[] = []
  return {
    cluster: {
      bootstrap: [{ host: '127.0.0.1', port: node.port }],
      transport: (client) => cuttingTransport(new TcpTransport(client), client.clientId, rules),
    },
    environment: () => createRealEnvironment(),
    settle: (work) => work,
    cut: (rule) => void rules.push({ rule, seen: 0 }),
    faults: null,
    compact: null,
    dispose: () => Promise.resolve(),
  }
}

/** A real node, started with short time-outs, as the membership contract sees it. */
export function classicWorld(node: KafkaNode, prefix: string): MembershipWorld {
  return {
    cluster: { bootstrap: [{ host: '127.0.0.1', port: node.port }], transport: (client) => new TcpTransport(client) },
    prefix,
    protocol: 'classic',
    heartbeatIntervalMs: 1_000,
    sessionTimeoutMs: 6_000,
    initialRebalanceDelayMs: 0,
    environment: () => createRealEnvironment({ logger: quiet }),
    advance: (ms) => sleep(ms),
    until,
    settle: (work) => work,
    close: () => Promise.resolve(),
  }
}

async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() >= endMs) throw new Error(`Cannot go on after ${limitMs} ms: the condition does not hold`)
    await sleep(POLL_MS)
  }
}
