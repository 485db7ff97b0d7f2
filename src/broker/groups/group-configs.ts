import type { GroupConfigChange, GroupConfigEntry, GroupSettings, Release } from '../group-host.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'

/** The settings of one group: what was set on it, else the broker's. Times in milliseconds. */
export interface GroupConfig {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly standbyReplicas: number
  readonly initialRebalanceDelayMs: number
  readonly assignmentIntervalMs: number
  readonly taskOffsetIntervalMs: number
  readonly acceptableRecoveryLag: number
}

interface KeyInfo {
  readonly name: string
  readonly since: Release
  readonly min: number
  readonly broker: (settings: GroupSettings) => number
}

const keys: { readonly [K in keyof GroupConfig]: KeyInfo } = {
  sessionTimeoutMs: { name: 'streams.session.timeout.ms', since: '4.2', min: 1, broker: (settings) => settings.sessionTimeoutMs },
  heartbeatIntervalMs: { name: 'streams.heartbeat.interval.ms', since: '4.2', min: 1, broker: (settings) => settings.heartbeatIntervalMs },
  standbyReplicas: { name: 'streams.num.standby.replicas', since: '4.2', min: 0, broker: (settings) => settings.standbyReplicas },
  initialRebalanceDelayMs: {
    name: 'streams.initial.rebalance.delay.ms',
    since: '4.2',
    min: 0,
    broker: (settings) => settings.initialRebalanceDelayMs,
  },
  assignmentIntervalMs: {
    name: 'streams.assignment.interval.ms',
    since: '4.3',
    min: 0,
    broker: (settings) => settings.assignmentIntervalMs,
  },
  taskOffsetIntervalMs: { name: 'streams.task.offset.interval.ms', since: '4.4', min: 1, broker: () => 60_000 },
  acceptableRecoveryLag: { name: 'streams.acceptable.recovery.lag', since: '4.4', min: 0, broker: () => 10_000 },
}

const allKeys = Object.keys(keys) as (keyof GroupConfig)[]

/**
 * The GROUP configuration resources (N§1.14). Unlike a broker it does not bound the values to what suits production, so that tests can
 * have short sessions.
 */
export class GroupConfigs {
  readonly #settings: GroupSettings
  readonly #set = new Map<string, Map<keyof GroupConfig, number>>()

  constructor(settings: GroupSettings) {
    this.#settings = settings
  }

  of(groupId: string): GroupConfig {
    const set = this.#set.get(groupId)
    const valueOf = (key: keyof GroupConfig): number => set?.get(key) ?? keys[key].broker(this.#settings)
    return {
      sessionTimeoutMs: valueOf('sessionTimeoutMs'),
      heartbeatIntervalMs: valueOf('heartbeatIntervalMs'),
      standbyReplicas: valueOf('standbyReplicas'),
      initialRebalanceDelayMs: valueOf('initialRebalanceDelayMs'),
      assignmentIntervalMs: valueOf('assignmentIntervalMs'),
      taskOffsetIntervalMs: valueOf('taskOffsetIntervalMs'),
      acceptableRecoveryLag: valueOf('acceptableRecoveryLag'),
    }
  }

  /** The entries of a group, sorted by name. */
  describe(groupId: string): GroupConfigEntry[] {
    const values = this.of(groupId)
    const set = this.#set.get(groupId)
    return allKeys
      .filter((key) => keys[key].since <= this.#settings.release)
      .map((key) => ({ name: keys[key].name, value: String(values[key]), isSet: set?.has(key) === true }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Sets (0) or deletes (1) entries; all or none. */
  alter(groupId: string, changes: readonly GroupConfigChange[], validateOnly: boolean): { errorCode: number; errorMessage: string | null } {
    const refused = (errorCode: number, errorMessage: string): { errorCode: number; errorMessage: string } => ({ errorCode, errorMessage })
    if (groupId === '') return refused(kafkaErrors.INVALID_REQUEST, 'Group name must not be empty.')
    const set = new Map(this.#set.get(groupId))
    for (const { name, operation, value } of changes) {
      const key = allKeys.find((candidate) => keys[candidate].name === name && keys[candidate].since <= this.#settings.release)
      if (key === undefined) return refused(kafkaErrors.INVALID_CONFIG, `Unknown group config name: ${name}`)
      if (operation === 1) {
        set.delete(key)
        continue
      }
      if (operation !== 0) return refused(kafkaErrors.INVALID_CONFIG, `Config value append or subtract is not allowed for config: ${name}`)
      if (value === null || !/^\d{1,10}$/.test(value) || Number(value) < keys[key].min || Number(value) > 0x7fff_ffff) {
        return refused(
          kafkaErrors.INVALID_CONFIG,
          `Invalid value ${value} for configuration ${name}: Value must be at least ${keys[key].min}`,
        )
      }
      set.set(key, Number(value))
    }
    if (!validateOnly) this.#set.set(groupId, set)
    return { errorCode: kafkaErrors.NONE, errorMessage: null }
  }
}
