/** Where a node listens and keeps its files. */
export interface NodePlace {
  readonly brokerPort: number
  readonly controllerPort: number
  readonly dataFolder: string
}

/**
 * The configuration of a single node that is broker and controller, for tests: one replica of everything, few partitions of the internal
 * topics, nothing deleted, topics made only when asked for.
 */
export function serverProperties({ brokerPort, controllerPort, dataFolder }: NodePlace): Readonly<Record<string, string | number>> {
  const broker = `PLAINTEXT://127.0.0.1:${brokerPort}`
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${broker},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': broker,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
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
