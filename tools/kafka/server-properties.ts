/** Where clients find a node. */
export interface Listener {
  readonly name: string
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  readonly port: number
}

/** Where a node listens and keeps its files. */
export interface NodePlace {
  /** One of them is `PLAINTEXT`, which the node itself uses. */
  readonly listeners: readonly Listener[]
  readonly controllerPort: number
  readonly dataFolder: string
}

/**
 * The configuration of a single node that is broker and controller, for tests: one replica of everything, few partitions of the internal
 * topics, nothing deleted, topics made only when asked for.
 */
export function serverProperties({ listeners, controllerPort, dataFolder }: NodePlace): Readonly<Record<string, string | number>> {
  const addresses = listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(',')
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${addresses},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': addresses,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': [...listeners.map(({ name, protocol }) => `${name}:${protocol}`), 'CONTROLLER:PLAINTEXT'].join(','),
    'log.dirs': dataFolder,
    'num.partitions': 1,
    'default.replication.factor': 1,
    'min.insync.replicas': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
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
