import { type Api, apiKeys, apis } from '../protocol/messages.ts'
import { supportedVersions } from '../protocol/api-version.ts'
import type { ApiVersionRange, ApiVersionRanges, FinalizedFeatures } from '../protocol/transport.ts'
import type { Release } from './group-host.ts'
import type { Handler, Handlers } from './handler.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'

/** The highest versions of a release where Millrace can do more (N§0.3). */
const releaseMaxima: Readonly<Record<Release, Partial<Record<Api, number>>>> = {
  '4.2': { StreamsGroupHeartbeat: 0, StreamsGroupDescribe: 0, TxnOffsetCommit: 5, ApiVersions: 4 },
  '4.3': { StreamsGroupHeartbeat: 0, StreamsGroupDescribe: 0, TxnOffsetCommit: 5, ApiVersions: 4 },
  '4.4': {},
}

/** What a cluster of `release` with these handlers accepts. */
export function acceptedVersions(release: Release, handlers: Handlers): ApiVersionRanges {
  const accepted: Partial<Record<Api, ApiVersionRange>> = {}
  for (const api of apis) {
    if (handlers[api] === undefined) continue
    const { min, max } = supportedVersions(api)
    accepted[api] = { min, max: Math.min(max, releaseMaxima[release][api] ?? max) }
  }
  return accepted
}

/**
 * The finalized features of a cluster. `transactionVersion`: 2 lets clients use the second transaction protocol. `hasStreamsGroups`: whether
 * there is the streams rebalance protocol.
 */
export function finalizedFeatures(transactionVersion: number, hasStreamsGroups: boolean): FinalizedFeatures {
  return new Map([
    ['group.version', 1],
    ...(hasStreamsGroups ? ([['streams.version', 1]] as const) : []),
    ['transaction.version', transactionVersion],
  ])
}

/** The first version that can tell a minimum of 0 of a supported feature. */
const TELLS_ZERO = 4

/** Answers ApiVersions. The ranges are looked up late, because they depend on all handlers, this one included. */
export function apiVersionsHandler(versions: () => ApiVersionRanges, features: FinalizedFeatures): Handler<'ApiVersions'> {
  return (_request, version) => ({
    errorCode: kafkaErrors.NONE,
    apiKeys: apis.flatMap((api) => {
      const range = versions()[api]
      return range === undefined ? [] : [{ apiKey: apiKeys[api], minVersion: range.min, maxVersion: range.max }]
    }),
    throttleTimeMs: 0,
    supportedFeatures:
      version < TELLS_ZERO
        ? []
        : [...features].map(([name, level]) => ({ name, minVersion: 0, maxVersion: Math.max(level, highestLevel(name)) })),
    finalizedFeaturesEpoch: 1,
    finalizedFeatures: [...features].map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    zkMigrationReady: false,
  })
}

function highestLevel(feature: string): number {
  return feature === 'transaction.version' ? 2 : 1
}
