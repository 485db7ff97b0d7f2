import { mortalEngines } from './mortal-engines.ts'
import { APPLICATION_ID } from './applications/application.ts'
import type { Kill } from './kills.ts'
import { HEARTBEAT_INTERVAL_MS, type Scenario } from './scenario.ts'
import { type Trace, showError } from './trace.ts'
import type { TestCluster } from '../../src/testing/test-cluster.ts'
import type { TestConfig, TestInstance } from '../../src/testing/test-instance.ts'
import { memoryEngines, survivingMemoryEngines } from '../../src/state/engines/memory/memory-engine.ts'
import type { EngineFactory } from '../../src/state/engines/engine.ts'
import { lsmEngines } from '../../src/state/engines/lsm/lsm-engines.ts'
import { callsThatWrite } from '../../src/base/disk/disk-faults.ts'
import { Prng } from '../../src/base/prng.ts'
import type { VirtualEnvironment } from '../../src/base/virtual-environment.ts'
import { inlineWorkers } from '../../src/base/workers/workers.ts'

/** A machine: runs one instance at a time and keeps its disk. */
export class Slot {
  instance: TestInstance | null = null
  readonly #index: number
  readonly #cluster: TestCluster
  readonly #scenario: Scenario
  readonly #trace: Trace
  readonly #engines: EngineFactory
  readonly #problems: string[] = []
  /** The death that waits for the instance, and how many of its moments still pass. */
  #kill: Kill | null = null
  #skip = 0
  #incarnation = 0
  #onDeath: ((kill: Kill) => void) | null = null
  /** The power went with the instance that died last. */
  #hasLostPower = false
  /** What the disk does, whatever the rest of the run draws. */
  readonly #random: Prng
  #disarmDisk: () => void = () => undefined

  constructor(index: number, cluster: TestCluster, scenario: Scenario, trace: Trace) {
    this.#index = index
    this.#cluster = cluster
    this.#scenario = scenario
    this.#trace = trace
    this.#engines = scenario.keepsState ? survivingMemoryEngines() : memoryEngines
    this.#random = new Prng(scenario.seed + index)
  }

  /** Whether there is an instance that was not killed and has not ended. */
  get isOccupied(): boolean {
    return this.instance !== null && !this.instance.isKilled && this.instance.state !== 'NOT_RUNNING' && this.instance.state !== 'ERROR'
  }

  get isRunning(): boolean {
    return this.isOccupied && this.instance!.state === 'RUNNING'
  }

  /** Starts an instance unless there is one. */
  start(): void {
    if (this.isOccupied) return
    this.#noteFailure()
    this.#kill = null
    this.#losePower()
    if (this.#scenario.isOnDisk && this.#incarnation > 0 && this.#random.chance(0.15)) this.#damageFile()
    const name = `${String.fromCodePoint(97 + this.#index)}.${++this.#incarnation}`
    this.#trace.line(name, 'starts')
    const engines: EngineFactory = {
      open: (taskId) => bound.open(taskId),
      remove: (taskId) => bound.remove(taskId),
      taskIds: () => bound.taskIds(),
      close: () => bound.close(),
    }
    this.instance = this.#cluster.start(name, this.#scenario.application.topology(), this.#config(), {
      engines,
      logger: this.#trace.logger(name),
    })
    const { lifeline } = this.instance.environment
    const kept = this.#scenario.isOnDisk ? this.#enginesOnDisk(this.instance.environment) : this.#engines
    const bound = mortalEngines(kept, lifeline, (phase) => this.#atMoment('apply', phase))
    this.instance.app.events.on('error', () => this.#noteFailure())
  }

  /** Closes the instance in good order, if there is one that runs. */
  close(): void {
    if (!this.isOccupied) return
    this.#trace.line(this.instance!.name, 'is closed')
    this.#kill = null
    void this.instance!.close()
  }

  /** Lets the instance that is alive now die of `kill`; `onDeath` hears of it. */
  arm(kill: Kill, onDeath: (kill: Kill) => void): void {
    if (!this.isOccupied) return
    this.#kill = kill
    this.#skip = kill.skip
    this.#onDeath = onDeath
    if (kill.at === 'disk') this.#armDisk(kill)
    if (kill.at !== 'request') return
    const instance = this.instance!
    this.#cluster.cluster.faults.add({
      api: kill.api,
      clientId: instance.clientId,
      when: kill.phase,
      where: () => {
        if (instance === this.instance) this.#atMoment('request', kill.phase)
        return false
      },
    })
  }

  /** The disk is full at the `nth` write from now on, for so many writes. */
  fillDisk(nth: number, times: number): void {
    const where = (path: string): boolean => path.startsWith(this.#path)
    this.#cluster.world.disk.faults.add({ calls: callsThatWrite, where, nth, times, outcome: 'ENOSPC' })
  }

  /** Nobody dies any more. */
  disarm(): void {
    this.#kill = null
    this.#disarmDisk()
    this.#cluster.world.disk.faults.clear()
  }

  /** An event of the instance called `environment` happens. */
  onEvent(environment: string, phase: 'before' | 'after'): void {
    if (this.instance?.name === environment) this.#atMoment('event', phase)
  }

  /** No heartbeat of the instance gets through for a while. */
  silence(forMs: number): void {
    if (!this.isOccupied) return
    this.#trace.line(this.instance!.name, `is not heard for ${forMs} ms`)
    const { clientId } = this.instance!
    const rule = this.#cluster.cluster.faults.add({
      api: ['StreamsGroupHeartbeat', 'Heartbeat', 'JoinGroup', 'SyncGroup'],
      clientId,
      when: 'before',
      action: 'cut',
      times: Infinity,
    })
    this.#cluster.environment.scheduler.after(forMs, () => rule.remove())
  }

  /** Nothing happens in the instance for a while. */
  pause(forMs: number): void {
    if (!this.isOccupied) return
    this.#trace.line(this.instance!.name, `stands still for ${forMs} ms`)
    this.#cluster.world.suspend(this.instance!.name, forMs)
  }

  /** What went wrong with the instances of this slot. */
  problems(): readonly string[] {
    this.#noteFailure()
    return this.#problems
  }

  #config(): Parameters<TestCluster['start']>[2] {
    const { config, isOptimized, threads } = this.#scenario
    const { consumer } = config
    const { sessionTimeoutMs } = this.#scenario.cluster
    const group: Partial<TestConfig> = this.#scenario.isClassic
      ? {
          groupProtocol: 'classic',
          numStandbyReplicas: 1,
          consumer: { ...consumer, sessionTimeoutMs, heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS },
        }
      : {}
    const numStreamThreads = threads
    return { ...config, ...group, numStreamThreads, topologyOptimization: isOptimized ? 'all' : 'none', applicationId: APPLICATION_ID }
  }

  #atMoment(at: Kill['at'], phase: 'before' | 'after'): void {
    const kill = this.#kill
    if (kill === null || kill.at !== at || kill.phase !== phase || this.#skip-- > 0) return
    this.#kill = null
    this.#trace.line(this.instance!.name, `dies ${phase} ${at === 'request' ? (kill as { readonly api: string }).api : `an ${at}`}`)
    this.instance!.kill()
    this.#die(kill)
  }

  #die(kill: Kill): void {
    if (kill.losesPower === true) this.#hasLostPower = true
    this.#onDeath?.(kill)
  }

  get #path(): string {
    return `/slots/${this.#index}`
  }

  /** Small files, so that a short run has many of them. */
  #enginesOnDisk({ disk, logger }: VirtualEnvironment): EngineFactory {
    const tuning = { memtableBytesMax: 2_000, flushAfterMs: 400, fileBytesMax: 3_000, runsMax: 2, waitingRunsMax: 3 }
    return lsmEngines({ disk, directory: this.#path, memoryBytesMax: 1_000_000, logger, workers: inlineWorkers(disk), tuning })
  }

  #losePower(): void {
    if (!this.#hasLostPower) return
    this.#hasLostPower = false
    this.#trace.line(`slot ${this.#index}`, 'lost its power')
    this.#cluster.world.disk.losePower(this.#random, this.#path)
  }

  /**
   * Changes one byte of one file, as bad hardware does: in the foot of a file with rows, or anywhere in the list of files, which are read when
   * the task is opened. What is damaged elsewhere may be read first by the checks at the end, who cannot mend it.
   */
  #damageFile(): void {
    const { disk } = this.#cluster.world
    const paths = disk.paths().filter((path) => path.startsWith(`${this.#path}/`))
    if (paths.length === 0) return
    const path = this.#random.pick(paths)
    this.#trace.line(`slot ${this.#index}`, `has a damaged file: ${path}`)
    disk.damage(path, (content) => {
      const from = path.endsWith('.rows') ? Math.max(0, content.length - 30) : 0
      if (content.length > 0) content[from + this.#random.below(content.length - from)]! ^= 1 + this.#random.below(255)
      return content
    })
  }

  /** The instance that is alive now dies in the midst of a write. */
  #armDisk(kill: Kill): void {
    const { lifeline } = this.instance!.environment
    const { faults } = this.#cluster.world.disk
    const disarm = faults.add({ calls: callsThatWrite, where: (path) => path.startsWith(this.#path), nth: kill.skip + 1, outcome: 'cut' })
    this.#disarmDisk = disarm
    lifeline.onCut(() => {
      disarm()
      if (this.#kill !== kill) return
      this.#kill = null
      this.#trace.line(this.instance!.name, 'dies in a write')
      this.#die(kill)
    })
  }

  #noteFailure(): void {
    const { instance } = this
    if (instance?.failure !== null && instance?.failure !== undefined) {
      this.#problems.push(`instance ${instance.name} died of an error: ${showError(instance.failure)}`)
      instance.failure = null
    }
  }
}
