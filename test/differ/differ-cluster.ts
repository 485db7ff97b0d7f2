import { VirtualWorld } from '../../src/base/virtual-environment.ts'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { EmbeddedCluster } from '../../src/broker/embedded-cluster.ts'
import { kafkaErrorName } from '../../src/protocol/kafka-errors.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import type { KafkaNode, KafkaNodeOptions } from '../../tools/kafka/kafka-node.ts'

/** A cluster of one node on which sequences run. */
export interface DifferCluster {
  /** A connection of its own. */
  connect(): Promise<Connection>
  sleep(ms: number): Promise<void>
  /** Lets time pass until `work` has settled. */
  settle<T>(work: Promise<T>): Promise<T>
  close(): void
}

const VIRTUAL_MS_MAX = 600_000

/** The name of an error; `ok` if there is none. */
export function codeName(code: number): string {
  return code === 0 ? 'ok' : kafkaErrorName(code)
}

/** An embedded cluster of its own on virtual time, as a node of `tools/kafka` is set up. */
export function embeddedCluster(seed: number): DifferCluster {
  const world = new VirtualWorld({ seed, shuffle: true })
  const cluster = new EmbeddedCluster({
    environment: world.environment('cluster'),
    codec: 'encode',
    initialRebalanceDelayMs: 0,
    assignmentIntervalMs: 0,
    sessionTimeoutMs: 60_000,
  })
  const environment = world.environment('client')
  const transport = cluster.transport({ clientId: 'differ', environment })
  return {
    connect: () => transport.connect(cluster.bootstrap[0]!, 'control'),
    sleep: (ms) => new Promise((resolve) => environment.scheduler.after(ms, resolve)),
    settle: async (work) => {
      let isSettled = false
      const settled = work.finally(() => (isSettled = true))
      // What it rejects with is given by the promise itself.
      settled.catch(() => undefined)
      await world.run(() => isSettled, { maxTimeMs: VIRTUAL_MS_MAX })
      return settled
    },
    close: () => cluster.close(),
  }
}

/** Streams groups assign at once, in the request that asks for it. */
export const differNodeOptions: KafkaNodeOptions = {
  properties: {
    'group.streams.assignment.interval.ms': 0,
    'group.streams.assignor.offload.enable': 'false',
    'group.streams.initial.rebalance.delay.ms': 0,
    'group.streams.session.timeout.ms': 60_000,
  },
}

/** A node of Kafka, which others may use at the same time. */
export function realCluster(node: KafkaNode): DifferCluster {
  const environment = createRealEnvironment()
  const transport = new TcpTransport({ clientId: 'differ', environment })
  return {
    connect: () => transport.connect({ host: '127.0.0.1', port: node.port }),
    sleep: (ms) => new Promise((resolve) => environment.scheduler.after(ms, resolve)),
    settle: (work) => work,
    close: () => undefined,
  }
}
