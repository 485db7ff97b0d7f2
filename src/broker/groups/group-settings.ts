import type { GroupSettings, Release } from '../group-host.ts'

/** Kafka's defaults of group coordination for `release`. */
export function defaultGroupSettings(release: Release): GroupSettings {
  return {
    release,
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 5_000,
    initialRebalanceDelayMs: 3_000,
    sessionTimeoutMinMs: 6_000,
    sessionTimeoutMaxMs: 1_800_000,
    assignmentIntervalMs: release === '4.2' ? 0 : 1_000,
    lostResponses: 'faithful',
    standbyReplicas: 0,
    membersMax: 1_000,
    offsetsRetentionMs: 7 * 24 * 3_600_000,
    offsetMetadataBytesMax: 4_096,
  }
}
