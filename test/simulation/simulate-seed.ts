import type { WorldEvent } from '../../src/base/virtual-environment.ts'
import type { ReadOnlyKeyValueStore } from '../../src/state/key-value-store.ts'
import { TestCluster } from '../../src/testing/test-cluster.ts'
import { APPLICATION_ID, type SimulatedStore } from './applications/application.ts'
import { checkStores, foldChangelog, type Rows } from './checks/check-stores.ts'
import type { Kill } from './kills.ts'
import { HEARTBEAT_INTERVAL_MS, planScenario, type Scenario } from './scenario.ts'
import { Slot } from './slot.ts'
import type { TimedAction } from './timeline.ts'
import { showError, Trace } from './trace.ts'

/** How a seed went. */
export interface SeedResult {
  readonly seed: number
  readonly title: string
  /** One sentence each; empty: the run was right. */
  readonly problems: readonly string[]
  /** The same for each run of the seed. */
  readonly traceHash: string
  readonly events: number
  readonly virtualMs: number
}

/** With faults off everything must come to rest within this time. */
const REST_MS = 60_000
/** More than a run that goes on ever needs. */
const EVENTS_MAX = 200_000
/** How often it is looked whether everything is at rest. */
const LOOK_MS = 50

/** Runs one seed. `write`: takes the readable trace. */
export async function simulateSeed(seed: number, write: ((line: string) => void) | null = null): Promise<SeedResult> {
  const scenario = planScenario(seed)
  const simulation = new Simulation(scenario, write)
  try {
    await simulation.run()
  } catch (error) {
    simulation.problems.push(error instanceof Error ? showError(error) : String(error))
  } finally {
    simulation.cluster.close()
  }
  const { world } = simulation.cluster
  return {
    seed,
    title: scenario.title,
    problems: simulation.problems,
    traceHash: simulation.trace.hash,
    events: world.eventCount,
    virtualMs: simulation.nowMs,
  }
}

class Simulation {
  readonly problems: string[] = []
  readonly cluster: TestCluster
  readonly trace: Trace
  readonly #scenario: Scenario
  readonly #slots: readonly Slot[]
  readonly #startMs: number
  #isTroubled = true
  #isAtRest = false

  constructor(scenario: Scenario, write: ((line: string) => void) | null) {
    this.#scenario = scenario
    this.cluster = new TestCluster({
      ...scenario.cluster,
      seed: scenario.seed,
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      sessionTimeoutMinMs: 1,
      initialRebalanceDelayMs: 0,
      transactionScanIntervalMs: 300,
    })
    this.#startMs = this.cluster.world.nowMs
    this.trace = new Trace(() => this.nowMs, write)
    this.#slots = Array.from({ length: scenario.slotCount }, (_, index) => new Slot(index, this.cluster, scenario, this.trace))
    this.cluster.world.onEvent = (event, phase) => this.#onEvent(event, phase)
  }

  /** Virtual time since the start. */
  get nowMs(): number {
    return this.cluster.world.nowMs - this.#startMs
  }

  async run(): Promise<void> {
    const { application, title, seed } = this.#scenario
    this.trace.line('-', `seed ${seed}: ${title}`)
    this.cluster.createTopics(application.topics)
    this.#makeTrouble()
    let isOver = false
    this.cluster.environment.scheduler.after(this.#scenario.troubleMs, () => (isOver = true))
    await this.cluster.run(() => isOver, { maxEvents: EVENTS_MAX })
    await this.#comeToRest('with faults off the lag does not reach zero')
    this.problems.push(...application.checkOutputs(this.cluster), ...this.#checkStores())
    if (this.#scenario.reopens && this.problems.length === 0) await this.#reopen()
    for (const slot of this.#slots) this.problems.push(...slot.problems())
  }

  #makeTrouble(): void {
    const { actions, kills, requestFaults, unknownEnds, randomFaults, fullDisk } = this.#scenario
    const { scheduler } = this.cluster.environment
    const { faults } = this.cluster.cluster
    for (const action of actions) scheduler.after(action.atMs, () => this.#act(action))
    for (const kill of kills) scheduler.after(kill.fromMs, () => this.#slots[kill.slot]!.arm(kill, (armed) => this.#onDeath(armed)))
    for (const rule of requestFaults) faults.add(rule)
    if (fullDisk !== null) this.#slots[fullDisk.slot]!.fillDisk(fullDisk.nth, fullDisk.times)
    for (const { skip, fenceAfterMs } of unknownEnds) {
      let left = skip
      faults.add({
        api: 'EndTxn',
        when: 'after',
        where: (request) => {
          if (left-- !== 0) return false
          const { transactionalId } = request as { readonly transactionalId: string }
          scheduler.after(fenceAfterMs, () => {
            if (this.#isTroubled) this.trace.line('cluster', `fences ${transactionalId}: ${faults.fenceProducer(transactionalId)}`)
          })
          return true
        },
      })
    }
    if (randomFaults !== null) faults.startRandom(randomFaults)
  }

  #act(action: TimedAction): void {
    switch (action.kind) {
      case 'feed':
        return this.#scenario.application.feed(this.cluster)
      case 'start':
        return this.#startInTrouble(action.slot)
      case 'close':
        return this.#slots[action.slot]!.close()
      case 'silence':
        return this.#slots[action.slot]!.silence(action.forMs)
      case 'pause':
        return this.#slots[action.slot]!.pause(action.forMs)
      case 'compact':
        if (this.cluster.cluster.topics.partitions(action.topic) > 0) this.cluster.cluster.compact(action.topic)
        return
    }
  }

  #onDeath({ slot, restartAfterMs }: Kill): void {
    this.cluster.environment.scheduler.after(restartAfterMs, () => this.#startInTrouble(slot))
  }

  /** Whoever is still to start when trouble is over was started then. */
  #startInTrouble(slot: number): void {
    if (this.#isTroubled) this.#slots[slot]!.start()
  }

  #onEvent(event: WorldEvent, phase: 'before' | 'after'): void {
    for (const slot of this.#slots) slot.onEvent(event.environment, phase)
    if (phase === 'before') this.trace.note(event)
  }

  /** Ends all trouble, starts what is down, and waits until everything that was written is processed and decided. */
  async #comeToRest(problem: string): Promise<void> {
    this.#isTroubled = false
    for (const slot of this.#slots) slot.disarm()
    this.trace.line('-', 'faults are off')
    this.cluster.cluster.faults.stop()
    this.#isAtRest = false
    this.#lookAround(() => {
      for (const slot of this.#slots) slot.start()
      return this.#slots.every((slot) => slot.isRunning) && this.#openPartitions().length === 0 && this.#areAllStoresOpen()
    })
    try {
      await this.cluster.run(() => this.#isAtRest, { maxTimeMs: REST_MS, maxEvents: EVENTS_MAX })
    } catch (error) {
      throw new Error(`${problem}: ${this.#describeLag()}`, { cause: error })
    }
  }

  /** Looks now and then whether `condition` holds twice in a row. */
  #lookAround(condition: () => boolean): void {
    let held = 0
    const look = (): void => {
      held = condition() ? held + 1 : 0
      // A commit interval later nothing may have come up.
      if (held > 10) this.#isAtRest = true
      else this.cluster.environment.scheduler.after(LOOK_MS, look)
    }
    look()
  }

  /** Whether each task with a store runs: those of the dead are given to others when their sessions have timed out. */
  #areAllStoresOpen(): boolean {
    return this.#scenario.application.stores.every(({ name, changelog }) => {
      const open = this.#slots.flatMap(({ instance }) => (instance === null || instance.isKilled ? [] : instance.views(name)))
      return open.length === this.cluster.cluster.topics.partitions(changelog)
    })
  }

  /** Partitions in which something is not processed, not committed or not decided. */
  #openPartitions(): readonly string[] {
    const { cluster } = this.cluster
    const read = new Set(this.#scenario.application.inputs)
    const lag = cluster.lag(APPLICATION_ID)
    const lagging = lag === 0 ? [] : [`the lag of the group is ${lag}`]
    const open = cluster.topics.names().flatMap((topic) =>
      Array.from({ length: cluster.topics.partitions(topic) }, (_, partition) => {
        const { lastStable, end, logStart } = cluster.offsets(topic, partition)
        if (lastStable < end) return `${topic}-${partition} undecided from ${lastStable} to ${end}`
        const isRead = read.has(topic) || /-repartition$|-topic$/.test(topic)
        if (!isRead) return ''
        const committed = cluster.committedOffset(APPLICATION_ID, topic, partition) ?? logStart
        const left = cluster.read(topic, partition, { isolation: 'read_committed', from: committed }).length
        return left === 0 ? '' : `${topic}-${partition} has ${left} records after ${committed}`
      }).filter((text) => text !== ''),
    )
    return [...lagging, ...open]
  }

  #describeLag(): string {
    const states = this.#slots.map(({ instance }) => `${instance?.name} ${instance?.isKilled === true ? 'killed' : instance?.state}`)
    const failures = this.#slots.flatMap((slot) => slot.problems())
    return [...this.#openPartitions(), ...states, ...failures].join('; ')
  }

  #checkStores(): readonly string[] {
    const { application } = this.#scenario
    const problems: string[] = []
    const stores = application.stores.map((store) => ({
      name: store.name,
      final: this.#finalRows(store, problems),
      changelog: this.#changelogRows(store),
      model: application.modelOf(store.name),
    }))
    return [...problems, ...checkStores(stores)]
  }

  #finalRows(simulated: SimulatedStore, problems: string[]): Rows {
    const { name } = simulated
    const rows = new Map<string, string>()
    const owners = new Map<string, string>()
    for (const { instance } of this.#slots) {
      if (instance === null || instance.isKilled) continue
      for (const { taskId, store } of instance.views(name)) {
        if (owners.has(taskId)) problems.push(`task ${taskId} runs on ${owners.get(taskId)} and on ${instance.name}`)
        owners.set(taskId, instance.name)
        for (const [key, row] of simulated.rowsOf?.(store) ?? (store as ReadOnlyKeyValueStore<string, unknown>).all()) {
          if (rows.has(key)) problems.push(`row "${key}" of store "${name}" is in two tasks`)
          const shown = simulated.showRow(row)
          if (shown !== null) rows.set(key, shown)
        }
      }
    }
    return rows
  }

  #changelogRows(simulated: SimulatedStore): Rows {
    const { changelog } = simulated
    const { cluster } = this.cluster
    const partitions = Array.from({ length: cluster.topics.partitions(changelog) }, (_, partition) => partition)
    const records = partitions.flatMap((partition) => cluster.read(changelog, partition, { isolation: 'read_committed' }))
    return foldChangelog(
      records.map(({ key, value, timestamp }) => ({
        key: simulated.showKey === undefined ? String(key) : simulated.showKey(key!, value),
        row: value === null ? null : simulated.showRecord(value, timestamp),
      })),
    )
  }

  /** Closes all instances, starts one alone, and looks whether its stores are as they were. */
  async #reopen(): Promise<void> {
    for (const slot of this.#slots) slot.close()
    try {
      await this.cluster.run(() => this.#slots.every((slot) => !slot.isOccupied), { maxTimeMs: 10_000, maxEvents: EVENTS_MAX })
    } catch (error) {
      throw new Error('the instances do not close', { cause: error })
    }
    const slot = this.#slots[0]!
    slot.start()
    try {
      await this.cluster.run(() => slot.isRunning && this.#areAllStoresOpen(), { maxTimeMs: 10_000, maxEvents: EVENTS_MAX })
    } catch (error) {
      throw new Error(`the instance that starts alone does not get to run: it is ${slot.instance?.state}`, { cause: error })
    }
    this.problems.push(...this.#checkStores().map((problem) => `after all instances were closed: ${problem}`))
  }
}
