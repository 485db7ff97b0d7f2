import type { Logger } from '../../src/base/environment.ts'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { Scene } from '../../src/client/contract-scene.test.ts'
import { TcpTransport, type TcpTransportOptions } from '../../src/wire/tcp-transport.ts'

/** How a scene reaches its cluster. */
export interface WireSceneOptions {
  /** Default 2. */
  readonly transactionVersion?: 1 | 2
  /** TLS and SASL. Default: neither. */
  readonly transport?: TcpTransportOptions
  /** Default: standard error. */
  readonly logger?: Logger
}

/** What a test sets up a cluster with and looks at it through, over sockets and without faults. `ports` are of 127.0.0.1. */
export function openWireScene(ports: readonly number[], { transactionVersion = 2, transport = {}, logger }: WireSceneOptions = {}): Scene {
  const bootstrap = ports.map((port) => ({ host: '127.0.0.1', port }))
  return new Scene(
    {
      cluster: { bootstrap, transport: (client) => new TcpTransport(client, transport) },
      environment: () => createRealEnvironment({ logger }),
      settle: (work) => work,
      cut: null,
      faults: null,
      compact: null,
      dispose: () => Promise.resolve(),
    },
    { transactionVersion },
  )
}
