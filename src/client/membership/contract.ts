import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTaskAssigner } from '../../assignor/task-assigner.ts'
import type { Environment } from '../../base/environment.ts'
import { isMillraceError } from '../../base/errors.ts'
import { LATEST_OFFSET } from '../../protocol/classic/subscription-info.ts'
import { type TaskId, formatTaskId, parseTaskId } from '../../protocol/task-id.ts'
import type { Endpoint, Transport, TransportClient } from '../../protocol/transport.ts'
import { Client } from '../client.ts'
import { Coordinator } from '../coordinator.ts'
import { commitOffsets, fetchOffsets } from '../offsets.ts'
import { Producer } from '../producer.ts'
import type { GroupTopology } from './group-topology.ts'
import { Admin } from '../admin.ts'
import { ClassicMembership } from './classic/classic-membership.ts'
import { StreamsProtocol } from './classic/streams-protocol.ts'
import { LeaderDuties } from './leader-duties.ts'
import type { Assignment, Membership, MembershipEvent } from './membership.ts'
import { StreamsMembership } from './streams-membership.ts'
import type { StreamsMembershipOptions } from './streams-membership-options.ts'

/** A cluster and the time in which it lives. Each test gets one of its own, or topics and groups of its own. */
export interface MembershipWorld {
  readonly cluster: { readonly bootstrap: readonly Endpoint[]; transport(client: TransportClient): Transport }
  /** Before every name of a topic or group. */
  readonly prefix: string
  /** The protocol of the groups. */
  readonly protocol: 'streams' | 'classic'
  /** The settings of the cluster, in milliseconds. */
  readonly heartbeatIntervalMs: number
  readonly sessionTimeoutMs: number
  readonly initialRebalanceDelayMs: number
  environment(name: string): Environment
  /** Lets time go by. */
  advance(ms: number): Promise<void>
  /** Lets time go by until the condition holds; fails after `limitMs`. */
  until(condition: () => boolean, limitMs: number): Promise<void>
  /** Waits for something that the cluster does. */
  settle<T>(promise: Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The topology of the tests: `in` is read by one sub-topology with one store. */
export function countingTopology(prefix: string): GroupTopology {
  const changelog = { name: `${prefix}app-s-changelog`, partitions: 0, replicationFactor: -1, configs: { 'cleanup.policy': 'compact' } }
  return {
    epoch: 0,
    subtopologies: [
      {
        id: 0,
        sourceTopics: [`${prefix}in`],
        repartitionSourceTopics: [],
        repartitionSinkTopics: [],
        stateChangelogTopics: [changelog],
        copartitionGroups: [],
        javaHash: 0,
      },
    ],
  }
}

/** A stream thread with tasks that do nothing: does what its membership tells it, at once unless told otherwise. */
export class TestThread {
  readonly membership: Membership & { readonly state: string }
  readonly coordinator: Coordinator
  readonly environment: Environment
  /** What the thread was told, in order: `revoke 0_1`, `assign 0_0,0_1`, `lost`, ... */
  readonly log: string[] = []
  readonly errors: Error[] = []
  active: readonly string[] = []
  standby: readonly string[] = []
  isReady = false
  isShutdownAsked = false
  /** The thread does not take its next step while this holds. */
  isBusy = false
  /** What it does before it gives tasks up. */
  onRevoke: (tasks: readonly string[]) => Promise<void> = () => Promise.resolve()
  readonly client: Client
  #isOver = false
  #groupCoordinator: Coordinator | null = null

  constructor(world: MembershipWorld, name: string, options: Partial<StreamsMembershipOptions> = {}) {
    this.environment = world.environment(name)
    const identity = { clientId: name, environment: this.environment }
    const timing = { requestTimeoutMs: 2_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000 }
    this.client = new Client({
      ...identity,
      ...timing,
      bootstrap: world.cluster.bootstrap,
      transport: world.cluster.transport(identity),
      metadataMaxAgeMs: 300_000,
    })
    const groupId = options.groupId ?? `${world.prefix}app`
    this.coordinator = new Coordinator(this.client, 'group', groupId)
    const membership: StreamsMembershipOptions = {
      groupId,
      memberId: this.environment.random.uuid(),
      processId: this.environment.random.uuid(),
      instanceId: null,
      rebalanceTimeoutMs: 300_000,
      topology: countingTopology(world.prefix),
      endpoint: null,
      clientTags: {},
      rackId: null,
      ...timing,
      ...options,
    }
    this.membership =
      world.protocol === 'streams'
        ? new StreamsMembership(this.coordinator, this.environment, membership)
        : this.#classicMembership(world, membership)
  }

  #classicMembership(world: MembershipWorld, options: StreamsMembershipOptions): ClassicMembership {
    const { groupId, topology } = options
    const duties = new LeaderDuties({
      client: this.client,
      admin: new Admin(this.client),
      coordinator: this.coordinator,
      topology: () => topology,
      refreshTopology: () => Promise.resolve(),
      storeNames: new Map(),
      missingSourcesMs: 2 * world.heartbeatIntervalMs,
      setupMs: 60_000,
    })
    const { clock, logger } = this.environment
    const taskOffsets = (): { task: TaskId; offsetSum: number }[] =>
      this.active.map((task) => ({ task: parseTaskId(task)!, offsetSum: LATEST_OFFSET }))
    const protocol = new StreamsProtocol({
      ...options,
      topology: () => topology,
      taskOffsets,
      duties,
      assigner,
      logger,
      now: () => clock.now(),
    })
    this.#groupCoordinator = new Coordinator(this.client, 'group', groupId)
    const { sessionTimeoutMs, heartbeatIntervalMs } = world
    return new ClassicMembership(this.#groupCoordinator, this.environment, protocol, { ...options, sessionTimeoutMs, heartbeatIntervalMs })
  }

  get runs(): readonly string[] {
    return this.isReady ? this.active : []
  }

  start(): this {
    this.membership.join()
    this.#loop()
    return this
  }

  /** As `kill -9`: nothing of it happens any more. */
  kill(): void {
    this.environment.lifeline.cut()
    this.#gone()
  }

  /** For good, as far as a member can by default. */
  async leave(): Promise<void> {
    this.#gone()
    await this.membership.leave(this.#groupCoordinator === null ? 'default' : 'leave')
    this.coordinator.close()
    this.#groupCoordinator?.close()
    this.client.close()
  }

  /** Commits the offset of one input partition as a thread does; resolves to the code of the error, or `committed`. */
  async commit(topic: string, partition: number, offset: number): Promise<string> {
    const position = { topic, partition, offset, leaderEpoch: -1, metadata: '' }
    try {
      await commitOffsets(this.coordinator, () => this.membership.groupMetadata(), [position], { timeoutMs: 10_000 })
      return 'committed'
    } catch (error) {
      if (!isMillraceError(error)) throw error
      return error.code
    }
  }

  /** The committed offset of one input partition, or -1. */
  async committed(topic: string, partition: number): Promise<number> {
    const found = await fetchOffsets(this.coordinator, () => this.membership.groupMetadata(), [{ topic, partition }], {
      requireStable: true,
      timeoutMs: 10_000,
    })
    return found.get(topic, partition)?.offset ?? -1
  }

  #gone(): void {
    this.#isOver = true
    this.active = []
    this.standby = []
  }

  /** Polls now and then, as a thread does, whether or not there is something. */
  #loop(): void {
    if (this.#isOver) return
    void this.#work().then(() => this.environment.scheduler.after(50, () => this.#loop()))
  }

  async #work(): Promise<void> {
    while (!this.isBusy && !this.#isOver) {
      const event = this.membership.poll()
      if (event === null) return
      await this.#follow(event)
    }
  }

  async #follow(event: MembershipEvent): Promise<void> {
    switch (event.kind) {
      case 'revoke': {
        const tasks = event.tasks.map(formatTaskId)
        this.log.push(`revoke ${tasks.join()}`)
        await this.onRevoke(tasks)
        this.active = this.active.filter((task) => !tasks.includes(task))
        return this.membership.revoked()
      }
      case 'assign':
        this.#take(event.assignment)
        return this.membership.assigned()
      case 'lost':
        this.log.push('lost')
        this.active = []
        this.standby = []
        return this.membership.lostHandled()
      case 'shutdown':
        this.isShutdownAsked = true
        return
      case 'problem':
      case 'failed':
        this.log.push(event.kind)
        this.errors.push(event.error)
    }
  }

  #take(assignment: Assignment): void {
    this.active = assignment.active.map(formatTaskId)
    this.standby = [...assignment.standby, ...assignment.warmup].map(formatTaskId)
    this.isReady = assignment.isReady
    this.log.push(`assign ${this.active.join()}`)
  }
}

/** As Kafka Streams does it, with tasks that go where they shall be at once. */
const assigner = createTaskAssigner('high-availability', {
  acceptableRecoveryLag: Infinity,
  maxWarmupReplicas: 2,
  numStandbyReplicas: 0,
  probingRebalanceIntervalMs: 600_000,
  rackAwareAssignmentTags: [],
  rackAwareStrategy: 'none',
  rackAwareTrafficCost: null,
  rackAwareNonOverlapCost: null,
})

/** The tasks that the threads run, sorted: each task once if all is well. */
export function runningTasks(threads: readonly TestThread[]): string[] {
  return threads.flatMap(({ runs }) => runs).sort()
}

/** All tasks of `countingTopology` over four partitions. */
export const fourTasks: readonly string[] = ['0_0', '0_1', '0_2', '0_3']

/** Whether each of the four tasks runs once. */
export function runAll(threads: readonly TestThread[]): boolean {
  return runningTasks(threads).join() === fourTasks.join()
}

/** What a cluster offers to members of a group. */
export interface MembershipCapabilities {
  /** The protocol of the groups. */
  readonly protocol: MembershipWorld['protocol']
  /** Only the scenarios in which the client does something else than with other releases of Kafka. Default: all. */
  readonly onlyDiffering?: boolean
  /** How many scenarios apply: a test of its own, so that none gets lost. */
  readonly applicable: number
}

/** What is particular about a scenario. */
interface ScenarioTraits {
  /** It is about groups of this kind. Default: about both. */
  readonly needs?: 'streams groups'
  /** Whether the client asks otherwise with another release: commits of members. Default: it does not. */
  readonly differs?: boolean
}

/**
 * What every cluster must do for members of a group, streams or classic: the worked examples of N§1.18 and N§1.19, and tests 1, 4 and 9 of
 * N§6.6. A scenario that does not apply is skipped with the reason; how many apply is a test too.
 */
export function membershipContract(name: string, open: () => Promise<MembershipWorld>, capabilities: MembershipCapabilities): void {
  const { protocol, onlyDiffering = false } = capabilities
  let applicable = 0
  const scenario = (title: string, { needs, differs = false }: ScenarioTraits, body: (world: MembershipWorld) => Promise<void>): void => {
    const isOther = needs === 'streams groups' && protocol === 'classic'
    const skip = isOther
      ? 'a classic leader knows its own topology only'
      : onlyDiffering && !differs && 'the client does the same with every release; npm run contract runs it here too'
    if (skip === false) applicable++
    test(`${name}: ${title}`, { skip }, async () => {
      const world = await open()
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  }

  scenario('two members of a new group share its tasks once the changelog exists (example A)', {}, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => a.log.length > 0, 10_000)
    if (world.protocol === 'streams') assert.deepEqual([a.log[0], a.isReady], ['assign ', false], 'at first it is told to wait')
    const b = new TestThread(world, 'b').start()
    await world.until(() => runAll([a, b]) && b.active.length === 2, settleMs(world))
    assert.equal(a.active.length, 2)
    assert.equal(a.membership.groupMetadata().generation > 0, true)
    assert.equal(a.membership.groupMetadata().generation, b.membership.groupMetadata().generation)
    const described = await describeTopic(world, `${world.prefix}app-s-changelog`)
    assert.equal(described, 4)
    const [task] = a.active
    assert.equal(await world.settle(a.commit(`${world.prefix}in`, Number(task!.slice(2)), 7)), 'committed')
    assert.equal(await world.settle(a.committed(`${world.prefix}in`, Number(task!.slice(2)))), 7)
    await leaveAll(world, [a, b])
  })

  scenario('a new member gets tasks when the old owner has committed and given them up (example B)', { differs: true }, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => runAll([a]), settleMs(world))
    const epochAlone = a.membership.groupMetadata().generation
    const commits: string[] = []
    const b = new TestThread(world, 'b')
    a.onRevoke = async (tasks) => {
      assert.deepEqual(b.active, [], 'nobody has them yet')
      const { generation } = a.membership.groupMetadata()
      // A streams epoch stays until the revocation is acknowledged; a classic group has gone on to the generation that takes the tasks.
      if (world.protocol === 'streams') assert.equal(generation, epochAlone)
      else assert.equal(generation > epochAlone, true)
      for (const task of tasks) commits.push(await a.commit(`${world.prefix}in`, Number(task.slice(2)), 5))
    }
    b.start()
    await world.until(() => b.active.length === 2 && runAll([a, b]), settleMs(world))
    assert.deepEqual(commits, ['committed', 'committed'])
    assert.equal(a.membership.groupMetadata().generation > epochAlone, true)
    assert.equal(await world.settle(b.committed(`${world.prefix}in`, Number(b.active[0]!.slice(2)))), 5)
    const kept = b.active
    await world.settle(a.leave())
    await world.until(() => runAll([b]), settleMs(world))
    assert.deepEqual(
      b.log.filter((entry) => entry.startsWith('revoke')),
      [],
      'it keeps what it has running',
    )
    assert.equal(
      kept.every((task) => b.active.includes(task)),
      true,
    )
    await leaveAll(world, [b])
  })

  scenario('the tasks of a killed member go to another after its session', {}, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    const b = new TestThread(world, 'b').start()
    await world.until(() => runAll([a, b]), settleMs(world))
    a.kill()
    await world.until(() => runAll([b]), world.sessionTimeoutMs + settleMs(world))
    await leaveAll(world, [b])
  })

  scenario('a source topic that comes late is waited for; one that stays away fails the thread (test 9)', {}, async (world) => {
    const late = new TestThread(world, 'late').start()
    // The leader of a classic group waits by itself, once it is that.
    if (world.protocol === 'streams') await world.until(() => late.log.length > 0, 10_000)
    else await world.advance(world.initialRebalanceDelayMs + world.heartbeatIntervalMs / 2)
    await createInput(world)
    await world.until(() => runAll([late]), settleMs(world))
    assert.deepEqual(late.errors, [])
    await leaveAll(world, [late])

    const topology = countingTopology(`${world.prefix}other-`)
    const never = new TestThread(world, 'never', { topology, groupId: `${world.prefix}other-app` })
    never.start()
    await world.until(() => never.errors.length > 0, 6 * world.heartbeatIntervalMs + 10_000)
    const [error] = never.errors
    assert.equal(isMillraceError(error) && error.code, 'SOURCE_TOPICS_MISSING')
    await leaveAll(world, [never])
  })

  scenario('a member that serves queries waits for a source topic too', {}, async (world) => {
    const late = new TestThread(world, 'late', { endpoint: { host: 'host-a', port: 1 } }).start()
    await world.advance(1_000)
    await createInput(world)
    await world.until(() => runAll([late]), settleMs(world))
    assert.deepEqual(late.errors, [])
    await leaveAll(world, [late])
  })

  scenario('a member with another topology is refused', { needs: 'streams groups' }, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => runAll([a]), settleMs(world))
    const [subtopology] = countingTopology(world.prefix).subtopologies
    const topology = { epoch: 0, subtopologies: [{ ...subtopology!, stateChangelogTopics: [] }] }
    const other = new TestThread(world, 'other', { topology }).start()
    await world.until(() => other.errors.length > 0, settleMs(world))
    assert.match(other.errors[0]!.message, /another topology/)
    assert.equal(other.membership.state, 'FATAL')
    assert.equal(runAll([a]), true)
    await leaveAll(world, [a])
  })

  scenario('a request to shut down reaches every member', {}, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    const b = new TestThread(world, 'b').start()
    await world.until(() => runAll([a, b]), settleMs(world))
    a.membership.requestShutdown()
    await world.until(() => a.isShutdownAsked && b.isShutdownAsked, settleMs(world))
    await leaveAll(world, [a, b])
  })

  scenario('members learn where partitions are served', {}, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a', { endpoint: { host: 'host-a', port: 1 } }).start()
    const b = new TestThread(world, 'b', { endpoint: { host: 'host-b', port: 65_535 } }).start()
    await world.until(() => runAll([a, b]), settleMs(world))
    const knows = (thread: TestThread): boolean => {
      const active = thread.membership.endpoints().flatMap((entry) => entry.active.get(`${world.prefix}in`) ?? [])
      return active.length === 4 && new Set(active).size === 4
    }
    await world.until(() => knows(a) && knows(b), settleMs(world))
    const ofA = a.membership.endpoints().find(({ endpoint }) => endpoint.host === 'host-a')
    assert.deepEqual(
      ofA?.active.get(`${world.prefix}in`)?.map((partition) => `0_${partition}`),
      a.active,
    )
    await leaveAll(world, [a, b])
  })

  scenario('a thread that does not poll leaves, and joins again when it polls (N§1.7 rule 10)', {}, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a', { rebalanceTimeoutMs: 4_000 }).start()
    const b = new TestThread(world, 'b').start()
    await world.until(() => runAll([a, b]), settleMs(world))
    const held = a.active
    a.isBusy = true
    await world.until(() => runningTasks([b]).length === 4, 4_000 + settleMs(world))
    assert.equal(
      await world.settle(a.commit(`${world.prefix}in`, Number(held[0]!.slice(2)), 9)),
      'TASK_MIGRATED',
      'a zombie commits nothing (test 4)',
    )
    a.isBusy = false
    await world.until(() => a.active.length === 2 && runAll([a, b]), settleMs(world))
    assert.equal(a.log.includes('lost'), true)
    await leaveAll(world, [a, b])
  })

  scenario('the transaction of a zombie is refused, and nothing of it is visible (test 4)', { differs: true }, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a', { rebalanceTimeoutMs: 4_000 }).start()
    await world.until(() => runAll([a]), settleMs(world))
    const producer = createProducer(a, `${world.prefix}app-zombie`)
    await world.settle(producer.initTransactions())
    const position = { topic: `${world.prefix}in`, partition: 0, offset: 3, leaderEpoch: -1, metadata: '' }
    await world.settle(producer.commitTransaction([position], a.membership.groupMetadata()))
    assert.equal(await world.settle(a.committed(position.topic, 0)), 3)
    const b = new TestThread(world, 'b').start()
    a.isBusy = true
    await world.until(() => runningTasks([b]).length === 4, 4_000 + settleMs(world))
    const zombie = producer.commitTransaction([{ ...position, offset: 9 }], a.membership.groupMetadata())
    await assert.rejects(world.settle(zombie), (error) => isMillraceError(error) && error.code === 'TASK_MIGRATED')
    await world.settle(producer.abortTransaction())
    assert.equal(await world.settle(b.committed(position.topic, 0)), 3)
    await world.settle(producer.close({ timeoutMs: 0 }))
    await leaveAll(world, [a, b])
  })

  scenario('a thread that lost its tasks by itself gets them back', {}, async (world) => {
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => runAll([a]), settleMs(world))
    const epoch = a.membership.groupMetadata().generation
    a.active = []
    a.membership.rejoin()
    await world.until(() => runAll([a]), settleMs(world))
    if (world.protocol === 'streams') assert.equal(a.membership.groupMetadata().generation, epoch)
    await leaveAll(world, [a])
  })

  test(`${name}: ${capabilities.applicable} scenarios apply`, () => assert.equal(applicable, capabilities.applicable))
}

function createProducer(thread: TestThread, transactionalId: string): Producer {
  return new Producer(thread.client, {
    transactionalId,
    transactionTimeoutMs: 60_000,
    lingerMs: 0,
    batchBytesMax: 16_384,
    bufferBytesMax: 1_048_576,
    requestBytesMax: 1_048_576,
    deliveryTimeoutMs: 120_000,
    compression: 'none',
    maxInFlight: 5,
    onFailedBatch: () => 'fail',
  })
}

/** How long a rebalance may take without faults. */
export function settleMs({ heartbeatIntervalMs, initialRebalanceDelayMs }: MembershipWorld): number {
  return 6 * heartbeatIntervalMs + initialRebalanceDelayMs + 10_000
}

/** Makes the input topic of `countingTopology` with four partitions. */
export async function createInput(world: MembershipWorld): Promise<void> {
  await withAdmin(world, (admin) => admin.createTopics([{ name: `${world.prefix}in`, partitions: 4, replicationFactor: -1, configs: {} }]))
}

async function describeTopic(world: MembershipWorld, topic: string): Promise<number> {
  const topics = await withAdmin(world, (admin) => admin.describeTopics([topic]))
  return topics.get(topic)?.partitions.length ?? 0
}

async function withAdmin<T>(world: MembershipWorld, use: (admin: Admin) => Promise<T>): Promise<T> {
  const identity = { clientId: 'admin', environment: world.environment('admin') }
  const transport = world.cluster.transport(identity)
  const timing = { requestTimeoutMs: 10_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000, metadataMaxAgeMs: 300_000 }
  const client = new Client({ ...identity, ...timing, bootstrap: world.cluster.bootstrap, transport })
  try {
    return await world.settle(use(new Admin(client)))
  } finally {
    client.close()
  }
}

/** Ends the members in an orderly manner. */
export async function leaveAll(world: MembershipWorld, threads: readonly TestThread[]): Promise<void> {
  await world.settle(Promise.all(threads.map((thread) => thread.leave())))
}
