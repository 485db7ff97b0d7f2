import { byHash } from '../../src/base/java-order.ts'
import { Prng } from '../../src/base/prng.ts'
import { hashTopics } from '../../src/assignor/java-identity.ts'
import type { AssignorOptions } from '../../src/assignor/assignor-options.ts'
import type { ProcessAssignment } from '../../src/assignor/custom/application-state.ts'
import type { RackAwareParams } from '../../src/assignor/custom/assignment-tools.ts'
import type { AssignTasksInput, PartitionRacks, StreamsGroupMember, TaskToAssign } from '../../src/client/membership/assign-tasks.ts'
import {
  decodeSubscriptionInfo,
  encodeSubscriptionInfo,
  LATEST_OFFSET,
  type SubscriptionInfo,
  type TaskOffsetSum,
  UNKNOWN_OFFSET_SUM,
} from '../../src/protocol/classic/subscription-info.ts'
import type { StreamsGroupSubtopology } from '../../src/protocol/messages/streams-group-heartbeat.ts'
import type { Counts } from '../../src/protocol/repartition-counts.ts'
import { configureTopology } from '../../src/protocol/topology-configuration.ts'
import { formatTaskId } from '../../src/protocol/task-id.ts'
import type { TopicPartition } from '../../src/protocol/topic-partition.ts'

/** Which assignor of Java assigns. `prior`: none can, as the end offsets are not known. `custom`: one that gives `AssignmentGroup.custom`. */
export type JavaAssignor = 'high-availability' | 'sticky' | 'prior' | 'custom'

/** A store of a sub-topology. */
interface GroupStore {
  readonly name: string
  readonly isLogged: boolean
  /** The source topic that serves as its changelog. */
  readonly source?: string
}

interface GroupSubtopology {
  /** External ones. */
  readonly sources: readonly string[]
  readonly stores: readonly GroupStore[]
  /** Repartition topics that are read, with the number of partitions that is fixed, or 0. */
  readonly repartitionSources: readonly { readonly name: string; readonly partitions: number }[]
  /** Names of repartition topics that are written. */
  readonly sinks: readonly string[]
  /** Whether all that is read must have equally many partitions. */
  readonly isCopartitioned: boolean
}

/** A call of one of the tools for custom assignors. */
export interface AssignmentStep extends RackAwareParams {
  readonly call: 'identity' | 'standbys' | 'active' | 'standby'
}

/** A group in the middle of a rebalance, drawn from a seed. */
export interface AssignmentGroup {
  readonly seed: number
  readonly assignor: JavaAssignor
  readonly options: AssignorOptions
  readonly subtopologies: readonly GroupSubtopology[]
  /** Now and then one that cannot be. */
  readonly custom: readonly ProcessAssignment[]
  /** What the custom assignor does to `custom` with the tools that it is given. */
  readonly steps: readonly AssignmentStep[]
  readonly input: AssignTasksInput
}

const JAVA_CLASSES = {
  sticky: 'org.apache.kafka.streams.processor.assignment.assignors.StickyTaskAssignor',
  custom: 'org.apache.kafka.streams.processor.internals.Assignments$Custom',
} as const
const RACKS = ['a', 'b', 'c']
const TOPICS_MAX = 5

/** The first `count` seeds from `first` on whose groups have what `isWanted` says. */
export function findSeeds(first: number, count: number, isWanted: (group: AssignmentGroup) => boolean): number[] {
  const seeds: number[] = []
  for (let seed = first; seeds.length < count; seed++) if (isWanted(drawGroup(seed))) seeds.push(seed)
  return seeds
}

/** Draws a group: its topology, its members with what they have, its settings. The same seed gives the same group. */
export function drawGroup(seed: number): AssignmentGroup {
  for (let attempt = 0; ; attempt++) {
    const group = new GroupDrawing(seed, seed + attempt * 0x1_0000_0000).draw()
    if (group.assignor === 'high-availability' || !isAtGrowth(group.input.tasks.length)) return group
  }
}

/** Whether a hash set that is made as the copy of one with `count` elements has another order in Java 17 than from Java 19 on. */
function isAtGrowth(count: number): boolean {
  return [12, 24, 48, 96].includes(count)
}

class GroupDrawing {
  readonly #seed: number
  readonly #prng: Prng
  readonly #partitions = new Map<string, number>()

  constructor(seed: number, drawnFrom: number) {
    this.#seed = seed
    this.#prng = new Prng(drawnFrom)
  }

  draw(): AssignmentGroup {
    const assignor = this.#pick<JavaAssignor>(['high-availability', 'high-availability', 'high-availability', 'sticky', 'prior', 'custom'])
    const subtopologies = this.#withRepartitions(this.#list(1, 4, (number) => this.#subtopology(number)))
    this.#decidePartitions(subtopologies)
    const tasks = subtopologies.flatMap((subtopology, id) => this.#tasksOf(subtopology, id))
    const options = this.#options(assignor)
    const endOffsets = this.#endOffsetSums(tasks)
    const version = this.#isOneIn(6) ? this.#between(3, 10) : 11
    const members = this.#members(tasks, endOffsets, version)
    const input: AssignTasksInput = {
      members,
      leaderId: this.#pick(members).memberId,
      tasks,
      endOffsetSums: assignor === 'prior' ? null : endOffsets,
      racks: this.#racksOf(tasks),
      usedVersion: Math.min(...members.map(({ subscription }) => subscription.version)),
      commonlySupportedVersion: 11,
      nowMs: 1_700_000_000_000,
    }
    const custom = this.#customAssignment(input)
    const isSpoiled = this.#isOneIn(2)
    const group = { seed: this.#seed, assignor, options, subtopologies, custom, steps: [], input }
    if (isSpoiled) return { ...group, custom: this.#spoil(custom, tasks) }
    // Drawn last, so that groups without steps stay as they are.
    return assignor === 'custom' && !this.#isOneIn(4) ? this.#withSteps(group) : group
  }

  #withSteps(group: AssignmentGroup): AssignmentGroup {
    const isIdentity = this.#isOneIn(4)
    const taskIds = group.input.tasks.map(({ id }) => formatTaskId(id))
    const paramsOf = (isActive: boolean): RackAwareParams => ({
      // What was where need not be all tasks, and a task that is active nowhere cannot be swapped.
      ...(isActive && !isIdentity && this.#isOneIn(2)
        ? { tasks: this.#pick<'stateful' | 'stateless' | string[]>(['stateful', 'stateless', taskIds.filter(() => this.#isOneIn(2))]) }
        : {}),
      ...(this.#isOneIn(3) ? { trafficCost: this.#between(0, 12) } : {}),
      ...(this.#isOneIn(3) ? { nonOverlapCost: this.#between(0, 12) } : {}),
    })
    const steps: AssignmentStep[] = isIdentity ? [{ call: 'identity' }] : []
    if (!this.#isOneIn(3)) steps.push({ call: 'active', ...paramsOf(true) })
    const { options, input } = group
    // Where none are configured Java assigns one all the same if there are tags.
    const isOdd = options.numStandbyReplicas === 0 && options.rackAwareAssignmentTags.length > 0
    if (!isIdentity && !isOdd && !this.#isOneIn(4)) steps.push({ call: 'standbys' })
    if (!this.#isOneIn(3)) steps.push({ call: 'standby', ...paramsOf(false) })
    return {
      ...group,
      custom: this.#customForSteps(group.custom),
      steps,
      options: this.#isOneIn(5)
        ? options
        : {
            ...options,
            rackAwareStrategy: this.#pick(['min_traffic', 'balance_subtopology']),
            rackAwareTrafficCost: this.#between(0, 12),
            rackAwareNonOverlapCost: this.#between(0, 12),
          },
      input: this.#isOneIn(5) ? input : this.#withRacks(input),
    }
  }

  /** Java's tools fail on assignments with a follow-up rebalance: those cannot be changed. Half of them without standbys, which a step adds. */
  #customForSteps(custom: readonly ProcessAssignment[]): ProcessAssignment[] {
    const hasStandbys = this.#isOneIn(2)
    return custom.map(({ processId, active, standby }) => ({ processId, active, standby: hasStandbys ? standby : [] }))
  }

  #withRacks(input: AssignTasksInput): AssignTasksInput {
    const rackOf = new Map<string, string>()
    const members = input.members.map((member) => {
      const { processId } = member.subscription
      if (!rackOf.has(processId)) rackOf.set(processId, this.#pick(RACKS))
      return { ...member, rackId: rackOf.get(processId)! }
    })
    return { ...input, members, racks: input.racks!.map((known) => ({ ...known, racks: [this.#pick(RACKS)] })) }
  }

  #subtopology(number: number): GroupSubtopology {
    const sources = this.#list(1, 2, (index) => {
      const topic = `in-${number}-${index}`
      this.#partitions.set(topic, this.#between(1, this.#isOneIn(6) ? 20 : TOPICS_MAX))
      return topic
    })
    const stores = this.#list(0, 2, (index) => {
      const name = `store-${number}-${index}`
      if (this.#isOneIn(6)) return { name, isLogged: false }
      return index === 0 && this.#isOneIn(6) ? { name, isLogged: true, source: sources[0]! } : { name, isLogged: true }
    })
    // A topic that serves as changelog has a partition for every task.
    if (stores.some(({ source }) => source !== undefined)) {
      this.#partitions.set(sources[0]!, Math.max(...sources.map((topic) => this.#partitions.get(topic)!)))
    }
    return { sources, stores, repartitionSources: [], sinks: [], isCopartitioned: false }
  }

  /** Lets some sub-topologies read what an earlier one writes. */
  #withRepartitions(subtopologies: readonly GroupSubtopology[]): GroupSubtopology[] {
    const linked = [...subtopologies]
    for (const number of linked.keys()) {
      const from = this.#between(0, Math.max(0, number - 1))
      const writer = linked[from]!
      if (number === 0 || !this.#isOneIn(2)) continue
      const name = `re-${number}`
      const reader = linked[number]!
      const keepsSource = reader.stores.some(({ source }) => source !== undefined) || this.#isOneIn(3)
      const sources = keepsSource ? reader.sources.slice(0, 1) : []
      const isCopartitioned = keepsSource && this.#isOneIn(2)
      const partitions = !isCopartitioned && this.#isOneIn(4) ? this.#between(1, TOPICS_MAX) : 0
      // A topic that serves as changelog has a partition for every task.
      const stores = isCopartitioned ? reader.stores : reader.stores.map(({ name: store, isLogged }) => ({ name: store, isLogged }))
      linked[number] = { ...reader, sources, stores, repartitionSources: [{ name, partitions }], isCopartitioned }
      linked[from] = { ...writer, sinks: [...writer.sinks, name] }
    }
    return linked
  }

  #decidePartitions(subtopologies: readonly GroupSubtopology[]): void {
    const order = byHash([...subtopologies.entries()], ([, subtopology]) => hashOf(subtopology)).map(([id]) => String(id))
    for (const [name, partitions] of countsOf(subtopologies, this.#partitions, order)) this.#partitions.set(name, partitions)
  }

  #tasksOf({ sources: external, stores, repartitionSources }: GroupSubtopology, subtopology: number): TaskToAssign[] {
    const sources = [...external, ...repartitionSources.map(({ name }) => `app-${name}`)].sort()
    const count = Math.max(...sources.map((topic) => this.#partitions.get(topic)!))
    const changelogs = stores.filter(({ isLogged }) => isLogged).map(({ name, source }) => source ?? `app-${name}-changelog`)
    return Array.from({ length: count }, (_, partition) => ({
      id: { subtopology, partition },
      sources: sources.filter((topic) => partition < this.#partitions.get(topic)!).map((topic) => ({ topic, partition })),
      changelogs: changelogs.sort().map((topic) => ({ topic, partition })),
      storeNames: stores.map(({ name }) => name).sort(),
    }))
  }

  #options(assignor: JavaAssignor): AssignorOptions {
    const hasCosts = this.#isOneIn(2)
    return {
      acceptableRecoveryLag: this.#pick([0, 100, 10_000, Infinity]),
      maxWarmupReplicas: this.#between(1, 4),
      // The order in which Java's sticky assignor places standbys is by the addresses of objects.
      numStandbyReplicas: assignor === 'sticky' ? 0 : this.#pick([0, 0, 1, 1, 2, 3]),
      probingRebalanceIntervalMs: 600_000,
      rackAwareAssignmentTags: assignor !== 'prior' && this.#isOneIn(3) ? this.#pick([['zone'], ['zone', 'cluster'], ['cluster']]) : [],
      rackAwareStrategy: this.#pick(['none', 'min_traffic', 'balance_subtopology']),
      rackAwareTrafficCost: hasCosts ? this.#between(0, 12) : null,
      rackAwareNonOverlapCost: hasCosts ? this.#between(0, 12) : null,
    }
  }

  #endOffsetSums(tasks: readonly TaskToAssign[]): ReadonlyMap<string, number> {
    const stateful = tasks.filter(({ changelogs }) => changelogs.length > 0)
    return new Map(stateful.map(({ id, changelogs }) => [formatTaskId(id), changelogs.length * this.#pick([0, 50, 1_000, 50_000])]))
  }

  #members(tasks: readonly TaskToAssign[], endOffsets: ReadonlyMap<string, number>, version: number): StreamsGroupMember[] {
    const processes = this.#list(1, 6, () => ({ id: this.#uuid(), threads: this.#between(1, 3), rack: this.#pick(RACKS) }))
    const isRackKnown = !this.#isOneIn(5)
    const drafts = processes.flatMap(({ id, threads, rack }, number) => {
      const tags = new Map([
        ['zone', this.#pick(['z1', 'z2', 'z3'])],
        ['cluster', this.#pick(['k1', 'k2'])],
      ])
      const endpoint = this.#isOneIn(3) ? '' : `host-${number}:${7_000 + number}`
      return Array.from({ length: threads }, (_, thread) => ({
        memberId: `${this.#uuid().slice(0, 8)}-thread-${thread}`,
        rackId: isRackKnown ? rack : null,
        process: id,
        tags: version < 11 ? new Map<string, string>() : tags,
        endpoint,
        owned: [] as TopicPartition[],
        sums: [] as TaskOffsetSum[],
      }))
    })
    const isFresh = this.#isOneIn(5)
    for (const task of isFresh ? [] : tasks) this.#handOut(task, drafts, endOffsets)
    const members = drafts.map(({ memberId, rackId, process, tags, endpoint, owned, sums }) => ({
      memberId,
      instanceId: null,
      rackId,
      ownedPartitions: owned.sort(comparePartitions),
      subscription: asReceived({
        version,
        latestSupportedVersion: 11,
        processId: process,
        userEndpoint: endpoint,
        taskOffsetSums: sums,
        uniqueField: version >= 8 ? 1 : 0,
        errorCode: 0,
        clientTags: tags,
      }),
    }))
    return members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  }

  /** Lets a task have been active somewhere, or nowhere, and have left state here and there. */
  #handOut(
    task: TaskToAssign,
    drafts: readonly { process: string; owned: TopicPartition[]; sums: TaskOffsetSum[] }[],
    endOffsets: ReadonlyMap<string, number>,
  ): void {
    const end = endOffsets.get(formatTaskId(task.id))
    const owner = this.#isOneIn(6) ? undefined : this.#pick(drafts)
    owner?.owned.push(...task.sources)
    if (end === undefined) return
    if (owner !== undefined) owner.sums.push({ task: task.id, offsetSum: this.#isOneIn(5) ? Math.floor(end / 2) : LATEST_OFFSET })
    const others = new Set(drafts.map(({ process }) => process))
    if (owner !== undefined) others.delete(owner.process)
    for (const process of others) {
      if (!this.#isOneIn(3)) continue
      const member = this.#pick(drafts.filter((draft) => draft.process === process))
      const offsetSum = this.#pick([0, end, end, Math.max(0, end - 60), Math.floor(end / 3), end + 10, UNKNOWN_OFFSET_SUM])
      member.sums.push({ task: task.id, offsetSum })
    }
  }

  #customAssignment({ members, tasks }: AssignTasksInput): ProcessAssignment[] {
    const processes = [...new Set(members.map(({ subscription }) => subscription.processId))]
    const active = new Map<string, string[]>(processes.map((process) => [process, []]))
    const standby = new Map<string, string[]>(processes.map((process) => [process, []]))
    for (const { id, storeNames } of tasks) {
      const task = formatTaskId(id)
      const owner = this.#pick(processes)
      active.get(owner)!.push(task)
      for (const process of processes) if (process !== owner && storeNames.length > 0 && this.#isOneIn(4)) standby.get(process)!.push(task)
    }
    const assigned = processes.map((processId): ProcessAssignment => {
      const tasksOf = { processId, active: active.get(processId)!, standby: standby.get(processId)! }
      return this.#isOneIn(4) ? { ...tasksOf, followupRebalanceMs: this.#pick([0, 1_700_000_000_500]) } : tasksOf
    })
    return assigned
  }

  /** Makes one mistake, if there is an opportunity. */
  #spoil(assigned: readonly ProcessAssignment[], tasks: readonly TaskToAssign[]): ProcessAssignment[] {
    const victim = this.#pick(assigned)
    const others = assigned.filter((each) => each !== victim)
    const stateless = tasks.filter(({ storeNames }) => storeNames.length === 0).map(({ id }) => formatTaskId(id))
    const elsewhere = others.flatMap(({ active }) => active).filter((task) => !victim.standby.includes(task))
    const free = stateless.filter((task) => !victim.active.includes(task))
    switch (this.#pick(['task', 'process', 'missing', 'twice', 'standby'])) {
      case 'task':
        return [...others, { ...victim, active: [...victim.active, '77_7'] }]
      case 'process':
        return [...assigned, { processId: this.#uuid(), active: [], standby: [] }]
      case 'missing':
        return others
      case 'twice':
        return elsewhere.length === 0 ? [...assigned] : [...others, { ...victim, active: [...victim.active, this.#pick(elsewhere)] }]
      default:
        return free.length === 0 ? [...assigned] : [...others, { ...victim, standby: [...victim.standby, this.#pick(free)] }]
    }
  }

  #racksOf(tasks: readonly TaskToAssign[]): PartitionRacks[] {
    const partitions = new Map<string, TopicPartition>()
    for (const { sources, changelogs } of tasks) {
      for (const partition of [...sources, ...changelogs]) partitions.set(`${partition.topic}-${partition.partition}`, partition)
    }
    const isOneUnknown = this.#isOneIn(8)
    return Array.from(partitions.values(), ({ topic, partition }, index) => {
      const racks = isOneUnknown && index === 0 ? [null] : this.#list(1, 2, () => this.#pick(RACKS))
      return { topic, partition, racks: [...new Set(racks)] }
    })
  }

  #uuid(): string {
    const words = Array.from({ length: 4 }, () => this.#prng.uint32().toString(16).padStart(8, '0')).join('')
    return `${words.slice(0, 8)}-${words.slice(8, 12)}-${words.slice(12, 16)}-${words.slice(16, 20)}-${words.slice(20)}`
  }

  #between(min: number, max: number): number {
    return min + (this.#prng.uint32() % (max - min + 1))
  }

  #isOneIn(count: number): boolean {
    return this.#prng.uint32() % count === 0
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#prng.uint32() % items.length]!
  }

  #list<T>(min: number, max: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.#between(min, max) }, (_, index) => make(index))
  }
}

/** As the leader reads it: lower versions tell less. */
function asReceived(subscription: SubscriptionInfo): SubscriptionInfo {
  return decodeSubscriptionInfo(encodeSubscriptionInfo(subscription))
}

/** The partition counts of the repartition topics when sub-topologies are looked at in this order. */
function countsOf(subtopologies: readonly GroupSubtopology[], partitions: ReadonlyMap<string, number>, order: readonly string[]): Counts {
  const topology = { epoch: 0, subtopologies: subtopologies.map(messageOf) }
  const { subtopologies: configured } = configureTopology(topology, (topic) => partitions.get(topic) ?? 0, order)
  const topics = [...configured!.values()].flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics)
  return new Map(topics.map(({ info, partitions: count }) => [info.name, count]))
}

/** Whether there are other numbers of tasks when Java's order of sub-topologies is not kept to. */
export function dependsOnOrder({ subtopologies, input }: AssignmentGroup): boolean {
  const found = new Map<string, number>()
  for (const { topic, partition } of input.tasks.flatMap(({ sources }) => sources)) {
    found.set(topic, Math.max(found.get(topic) ?? 0, partition + 1))
  }
  const external = new Map([...found].filter(([topic]) => !topic.startsWith('app-')))
  const counts = countsOf(subtopologies, external, [...subtopologies.keys()].map(String))
  return [...counts].some(([topic, count]) => found.get(topic) !== count)
}

function hashOf({ sources, repartitionSources, stores }: GroupSubtopology): number {
  return hashTopics(
    [...sources, ...repartitionSources.map(({ name }) => `app-${name}`)],
    stores
      .filter(({ isLogged }) => isLogged)
      .map(({ name, source }) => ({ name: source ?? `app-${name}-changelog`, configs: {}, retentionMs: null })),
  )
}

/** As the group coordinator of the streams protocol is told. */
function messageOf({ sources, repartitionSources, sinks, isCopartitioned }: GroupSubtopology, id: number): StreamsGroupSubtopology {
  const copartitioned = { sourceTopics: [...sources.keys()], sourceTopicRegex: [], repartitionSourceTopics: [...repartitionSources.keys()] }
  return {
    subtopologyId: String(id),
    sourceTopics: sources,
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: sinks.map((name) => `app-${name}`),
    repartitionSourceTopics: repartitionSources.map(({ name, partitions }) => {
      return { name: `app-${name}`, partitions, replicationFactor: 0, topicConfigs: [] }
    }),
    copartitionGroups: isCopartitioned ? [copartitioned] : [],
  }
}

/** The group as a line for `Assignments.java`. */
export function toJavaLine({ assignor, options, subtopologies, custom, steps, input }: AssignmentGroup): string {
  const leader = input.members.find(({ memberId }) => memberId === input.leaderId)!
  return JSON.stringify({
    assignor,
    properties: propertiesOf(assignor, options),
    subtopologies,
    custom,
    steps,
    topics: racksByTopic(input, (topic) => !topic.startsWith('app-')),
    internalTopics: racksByTopic(input, (topic) => topic.startsWith('app-')),
    endOffsets: input.endOffsetSums === null ? null : endOffsetsOf(input),
    leaderProcess: leader.subscription.processId,
    nowMs: input.nowMs,
    members: input.members.map(({ memberId, rackId, ownedPartitions, subscription }) => ({
      id: memberId,
      info: encodeSubscriptionInfo(subscription).toString('hex'),
      owned: ownedPartitions.map(({ topic, partition }) => [topic, partition]),
      rack: rackId,
    })),
  })
}

function propertiesOf(assignor: JavaAssignor, options: AssignorOptions): Record<string, string> {
  const { rackAwareTrafficCost, rackAwareNonOverlapCost } = options
  return {
    'acceptable.recovery.lag': String(
      options.acceptableRecoveryLag === Infinity ? 9_223_372_036_854_775_807n : options.acceptableRecoveryLag,
    ),
    'max.warmup.replicas': String(options.maxWarmupReplicas),
    'num.standby.replicas': String(options.numStandbyReplicas),
    'probing.rebalance.interval.ms': String(options.probingRebalanceIntervalMs),
    'rack.aware.assignment.tags': options.rackAwareAssignmentTags.join(','),
    // Of the leader's own process; the library only looks that they are there.
    'client.tag.zone': 'z1',
    'client.tag.cluster': 'k1',
    'rack.aware.assignment.strategy': options.rackAwareStrategy,
    ...(rackAwareTrafficCost === null ? {} : { 'rack.aware.assignment.traffic_cost': String(rackAwareTrafficCost) }),
    ...(rackAwareNonOverlapCost === null ? {} : { 'rack.aware.assignment.non_overlap_cost': String(rackAwareNonOverlapCost) }),
    ...(assignor === 'sticky' || assignor === 'custom' ? { 'task.assignor.class': JAVA_CLASSES[assignor] } : {}),
  }
}

function racksByTopic({ racks }: AssignTasksInput, isWanted: (topic: string) => boolean): Record<string, (string | null)[][]> {
  const found: Record<string, (string | null)[][]> = {}
  for (const { topic, partition, racks: ofPartition } of racks!) {
    if (isWanted(topic)) (found[topic] ??= [])[partition] = [...ofPartition]
  }
  return found
}

/** The sum of a task, all of it in its first changelog. */
function endOffsetsOf({ tasks, endOffsetSums }: AssignTasksInput): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const { id, changelogs } of tasks) {
    for (const [index, { topic, partition }] of changelogs.entries()) {
      ;(found[topic] ??= [])[partition] = index === 0 ? endOffsetSums!.get(formatTaskId(id))! : 0
    }
  }
  return found
}

function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition
}
