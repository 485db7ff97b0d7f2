import { describe, test } from 'node:test'
import type { Environment } from '../base/environment.ts'
import type { Api } from '../protocol/messages.ts'
import type { Cluster } from '../protocol/transport.ts'
import { adminCases } from './contract-admin.test.ts'
import { fetchCases } from './contract-fetch.test.ts'
import { produceCases } from './contract-produce.test.ts'
import { Scene } from './contract-scene.test.ts'
import { transactionCases } from './contract-transactions.test.ts'

/** A connection that is to be cut at a request. */
export interface CutRule {
  readonly api: Api
  /** Before the request has any effect, or after its effect and before its answer. */
  readonly when: 'before' | 'after'
  readonly clientId?: string
  /** Default 1. */
  readonly times?: number
  /** How many matching requests pass before. Default 0. */
  readonly skip?: number
}

/** Trouble that a test may ask of a cluster. */
export interface ContractFaults {
  moveLeader(topic: string, partition: number): void
  moveCoordinator(kind: 'group' | 'transaction', key: string): void
  loseFetchSessions(): void
  /** Transaction markers take this long from now on. */
  slowMarkers(delayMs: number): void
}

/** A cluster with nothing in it that the test did not make. */
export interface ClusterUnderTest {
  readonly cluster: Cluster
  /** The environment of one more client. */
  environment(name: string): Environment
  /** Lets time pass until `work` has settled. */
  settle<T>(work: Promise<T>): Promise<T>
  /** Has a connection cut, by the cluster or by what is between it and the client. `null`: that cannot be done. */
  readonly cut: ((rule: CutRule) => void) | null
  /** `null`: the cluster cannot be troubled. */
  readonly faults: ContractFaults | null
  /** Makes the cleaner compact a topic, if the cluster can be told to. */
  readonly compact: ((topic: string) => void) | null
  dispose(): Promise<void>
}

/** What a cluster can do, and what it cannot. */
export interface ContractCapabilities {
  /** The finalized `transaction.version`. */
  readonly transactionVersion: 1 | 2
  /** What it cannot do -> why not: the cases that need it are skipped, with this reason. */
  readonly lacks?: Readonly<Partial<Record<ContractNeed, string>>>
}

/** One promise of the contract. It gets a scene of its own. */
export type ContractCase = (title: string, needs: readonly ContractNeed[], body: (scene: Scene) => Promise<void>) => void

/** What a case needs of the cluster beside the protocol. */
export type ContractNeed = 'cuts' | 'faults' | 'compaction'

/**
 * What every cluster promises to the client, and the client to its users on every cluster (N§6.6): runs as one suite of tests. Each case
 * opens a cluster, or a part of one that nobody else uses; `open` is told its title, to seed chance with.
 */
export function clientContract(name: string, open: (title: string) => Promise<ClusterUnderTest>, capabilities: ContractCapabilities): void {
  describe(name, () => {
    const check: ContractCase = (title, needs, body) => {
      const skip = needs.map((need) => capabilities.lacks?.[need]).find((reason) => reason !== undefined) ?? false
      test(title, { skip }, async () => {
        const world = await open(title)
        try {
          const scene = new Scene(world, capabilities)
          await world.settle(body(scene).finally(() => scene.close()))
        } finally {
          await world.dispose()
        }
      })
    }
    adminCases(check)
    produceCases(check)
    fetchCases(check)
    transactionCases(check)
  })
}
