import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { Client } from '../../src/client/client.ts'
import { Fetcher } from '../../src/client/fetcher.ts'
import { Producer } from '../../src/client/producer.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'

const TIMEOUT_MS = 60_000

/** A client of the broker that both sides run on. */
export class GroundClient {
  readonly client: Client

  /** The broker's port. */
  constructor(port: number) {
    const environment = createRealEnvironment()
    const clientId = 'versus'
    this.client = new Client({
      clientId,
      bootstrap: [{ host: '127.0.0.1', port }],
      transport: new TcpTransport({ clientId, environment }),
      environment,
      requestTimeoutMs: TIMEOUT_MS,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      metadataMaxAgeMs: 300_000,
    })
  }

  /** A producer as one that loads data is: large batches, all acknowledged, nothing compressed. */
  producer(lingerMs = 20, batchBytesMax = 256 * 1024): Producer {
    return new Producer(this.client, {
      transactionalId: null,
      transactionTimeoutMs: TIMEOUT_MS,
      lingerMs,
      batchBytesMax,
      bufferBytesMax: 32 * 1024 * 1024,
      requestBytesMax: 1024 * 1024,
      deliveryTimeoutMs: Infinity,
      compression: 'none',
      maxInFlight: 5,
      maxBlockMs: TIMEOUT_MS,
      onFailedBatch: () => 'fail',
    })
  }

  /** A reader of committed records. */
  fetcher({ checkCrcs = false }: { readonly checkCrcs?: boolean } = {}): Fetcher {
    return new Fetcher(
      this.client,
      {
        purpose: 'fetch',
        isolation: 'read_committed',
        fetchMaxBytes: 8 * 1024 * 1024,
        partitionMaxBytes: 1024 * 1024,
        minBytes: 1,
        maxWaitMs: 500,
        bufferBytesMax: 64 * 1024 * 1024,
        checkCrcs,
      },
      (problem) => {
        throw problem.error
      },
    )
  }

  close(): void {
    this.client.close()
  }
}
