/** Where clients find a node. */
export interface Listener {
  readonly name: string
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  readonly port: number
}

/** Where a node listens and keeps its files. */
export interface NodePlace {
  /** `node.id`, from 1. */
  readonly id: number
  /** One of them is `PLAINTEXT`, which the node itself uses. */
  readonly listeners: readonly Listener[]
  /** Where the controllers of all nodes listen, in the order of their ids. */
  readonly controllerPorts: readonly number[]
  readonly dataFolder: string
}

/**
 * The configuration of a node that is broker and controller, for tests: a replica of everything on each node, three at most, few
 * partitions of the internal topics, nothing deleted, topics made only when asked for.
 */
export function serverProperties({ id, listeners, controllerPorts, dataFolder }: NodePlace): Readonly<Record<string, string | number>> {
  const replicas = Math.min(controllerPorts.length, 3)
  const inSync = Math.min(replicas, 2)
  const addresses = listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(',')
  return {
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': controllerPorts.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(','),
    listeners: `${addresses},CONTROLLER://127.0.0.1:${controllerPorts[id - 1]!}`,
    'advertised.listeners': addresses,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': [...listeners.map(({ name, protocol }) => `${name}:${protocol}`), 'CONTROLLER:PLAINTEXT'].join(','),
    'log.dirs': dataFolder,
    'num.partitions': 1,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': 'false',
    'log.retention.hours': -1,
    'log.retention.bytes': -1,
  }
}

/** Time-outs after which the dead are noticed within seconds: session 6 s, heartbeat 1 s, transactions looked through every second. */
export const shortTimeouts: Readonly<Record<string, string | number>> = {
  'group.streams.session.timeout.ms': 6_000,
  'group.streams.min.session.timeout.ms': 1_000,
  'group.streams.heartbeat.interval.ms': 1_000,
  'group.streams.min.heartbeat.interval.ms': 500,
  'group.min.session.timeout.ms': 1_000,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
}
