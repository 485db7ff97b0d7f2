import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AssignTasksInput, MemberAssignment, StreamsGroupMember, TaskToAssign } from '../client/membership/assign-tasks.ts'
import { LATEST_OFFSET, type TaskOffsetSum } from '../protocol/classic/subscription-info.ts'
import { compareTaskIds, formatTaskId } from '../protocol/task-id.ts'
import type { AssignorOptions } from './assignor-options.ts'
import { type AssignorChoice, createTaskAssigner } from './task-assigner.ts'

// Goal: whatever the group, the assignment keeps what Kafka Streams promises. Method: a model of a group whose members do what they are told
// and catch up or not, rebalanced again and again.

const END = 100_000
const NOW_MS = 1_700_000_000_000

interface Shape {
  /** The tasks of each sub-topology, and whether it has a store. */
  readonly subtopologies: readonly { readonly tasks: number; readonly isStateful: boolean }[]
  /** The threads of each process. */
  readonly threads: readonly number[]
  readonly options: AssignorOptions
}

const shape: fc.Arbitrary<Shape> = fc.record({
  subtopologies: fc.array(fc.record({ tasks: fc.integer({ min: 1, max: 9 }), isStateful: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  threads: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
  options: fc.record({
    acceptableRecoveryLag: fc.constantFrom(0, 10_000),
    maxWarmupReplicas: fc.integer({ min: 1, max: 4 }),
    numStandbyReplicas: fc.integer({ min: 0, max: 3 }),
    probingRebalanceIntervalMs: fc.constant(600_000),
    rackAwareAssignmentTags: fc.constantFrom([], ['zone']),
    rackAwareStrategy: fc.constantFrom('none', 'min_traffic', 'balance_subtopology'),
    rackAwareTrafficCost: fc.constant(null),
    rackAwareNonOverlapCost: fc.constant(null),
  }),
})

interface ProcessTasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
}

/** A group of processes whose threads do what the assignment says. State on disk stays until the task is elsewhere and the disk was cleaned. */
class GroupModel {
  readonly tasks: readonly TaskToAssign[]
  readonly options: AssignorOptions
  readonly #threads = new Map<string, number>()
  /** Task -> records that the process has; `LATEST_OFFSET` where it is active. */
  readonly state = new Map<string, Map<string, number>>()
  readonly #owned = new Map<string, readonly { topic: string; partition: number }[]>()

  constructor({ subtopologies, threads, options }: Shape) {
    this.options = options
    this.tasks = subtopologies.flatMap(({ tasks, isStateful }, subtopology) =>
      Array.from({ length: tasks }, (_, partition) => ({
        id: { subtopology, partition },
        sources: [{ topic: `in-${subtopology}`, partition }],
        changelogs: isStateful ? [{ topic: `app-s${subtopology}-changelog`, partition }] : [],
        storeNames: isStateful ? [`s${subtopology}`] : [],
      })),
    )
    for (const [index, count] of threads.entries()) this.add(index, count)
  }

  add(index: number, threads: number): void {
    const processId = `${String(index).padStart(8, '0')}-0000-4000-8000-000000000000`
    this.#threads.set(processId, threads)
    this.state.set(processId, new Map())
  }

  remove(processId: string): void {
    this.#threads.delete(processId)
    this.state.delete(processId)
    for (const member of this.#owned.keys()) if (member.startsWith(processId)) this.#owned.delete(member)
  }

  get processes(): string[] {
    return [...this.#threads.keys()]
  }

  threadsOf(processId: string): number {
    return this.#threads.get(processId)!
  }

  get stateful(): string[] {
    return this.tasks.filter(({ changelogs }) => changelogs.length > 0).map(({ id }) => formatTaskId(id))
  }

  input(): AssignTasksInput {
    const members = this.processes.flatMap((processId) => this.#membersOf(processId))
    const endOffsetSums = new Map(this.stateful.map((task) => [task, END]))
    const partitions = this.tasks.flatMap(({ sources, changelogs }) => [...sources, ...changelogs])
    return {
      members: members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
      leaderId: members[0]!.memberId,
      tasks: this.tasks,
      endOffsetSums,
      racks: partitions.map((partition) => ({ ...partition, racks: [rackOf(partition.partition), rackOf(partition.partition + 1)] })),
      usedVersion: 11,
      commonlySupportedVersion: 11,
      nowMs: NOW_MS,
    }
  }

  #membersOf(processId: string): StreamsGroupMember[] {
    const index = this.processes.indexOf(processId)
    const sums: TaskOffsetSum[] = [...this.state.get(processId)!]
      .map(([task, offsetSum]) => ({ task: this.tasks.find(({ id }) => formatTaskId(id) === task)!.id, offsetSum }))
      .sort((a, b) => compareTaskIds(a.task, b.task))
    return Array.from({ length: this.threadsOf(processId) }, (_, thread) => {
      const memberId = `${processId}-${thread}`
      const owned = this.#owned.get(memberId) ?? []
      const isActive = ({ task }: TaskOffsetSum): boolean =>
        owned.some(({ topic, partition }) => topic === `in-${task.subtopology}` && partition === task.partition)
      const isOfThread = (sum: TaskOffsetSum): boolean => (sum.offsetSum === LATEST_OFFSET ? isActive(sum) : thread === 0)
      return {
        memberId,
        instanceId: null,
        rackId: rackOf(index),
        ownedPartitions: owned,
        subscription: {
          version: 11,
          latestSupportedVersion: 11,
          processId,
          userEndpoint: `${processId}:1`,
          taskOffsetSums: sums.filter(isOfThread),
          uniqueField: 1,
          errorCode: 0,
          clientTags: new Map([['zone', `z${index % 3}`]]),
        },
      }
    })
  }

  /** Members take what they were assigned; what they have not got yet of a task that is new they get if `catchesUp`. */
  take(assigned: ReadonlyMap<string, MemberAssignment>, catchesUp: boolean): void {
    for (const processId of this.processes) {
      const state = this.state.get(processId)!
      for (const [task, offset] of state) if (offset === LATEST_OFFSET) state.set(task, END)
    }
    const stateful = new Set(this.stateful)
    for (const [memberId, { partitions, info }] of assigned) {
      this.#owned.set(memberId, partitions)
      const state = this.state.get(memberId.slice(0, 36))!
      for (const task of info.activeTasks.map(formatTaskId)) if (stateful.has(task)) state.set(task, LATEST_OFFSET)
      for (const task of info.standbyTasks.map((standby) => formatTaskId(standby.task))) {
        if (catchesUp) state.set(task, END)
        else if (!state.has(task)) state.set(task, 0)
      }
    }
  }

  assign(choice: AssignorChoice = 'high-availability'): ReadonlyMap<string, MemberAssignment> {
    return createTaskAssigner(choice, this.options).assign(this.input())
  }

  /** Rebalances until no member asks for another one; `afterEach` looks at each. */
  settle(choice: AssignorChoice, catchesUp: boolean, afterEach: (assigned: ReadonlyMap<string, MemberAssignment>) => void): number {
    for (let round = 1; round < 200; round++) {
      const assigned = this.assign(choice)
      afterEach(assigned)
      this.take(assigned, catchesUp)
      if ([...assigned.values()].every(({ info }) => info.nextRebalanceMs === Infinity)) return round
    }
    return assert.fail('the group does not come to rest')
  }
}

function rackOf(index: number): string {
  return `r${index % 3}`
}

/** What the processes will have when nobody waits any more: the host maps say it. */
function targetOf(assigned: ReadonlyMap<string, MemberAssignment>): Map<string, ProcessTasks> {
  const [{ info }] = assigned.values() as unknown as [MemberAssignment]
  const tasksOf = (partitions: readonly { topic: string; partition: number }[]): string[] =>
    partitions.map(({ topic, partition }) => `${topic.slice('in-'.length)}_${partition}`)
  return new Map(
    info.partitionsByHost.map(({ host, partitions }) => [
      host,
      { active: tasksOf(partitions), standby: tasksOf(info.standbyPartitionsByHost.find((other) => other.host === host)!.partitions) },
    ]),
  )
}

function checkPlaces(model: GroupModel, assigned: ReadonlyMap<string, MemberAssignment>): void {
  const target = targetOf(assigned)
  const active = [...target.values()].flatMap((tasks) => tasks.active)
  assert.deepEqual(active.toSorted(), model.tasks.map(({ id }) => formatTaskId(id)).toSorted(), 'each task is active once')
  for (const { active: own, standby } of target.values()) {
    assert.equal(new Set([...own, ...standby]).size, own.length + standby.length, 'no process has a task twice')
    for (const task of standby) assert.equal(model.stateful.includes(task), true, 'only stateful tasks have standbys')
  }
  const given = [...assigned.values()].flatMap(({ info }) => info.activeTasks.map(formatTaskId))
  assert.equal(new Set(given).size, given.length, 'no task is given to two members')
  const owned = new Map(
    model
      .input()
      .members.flatMap(({ memberId, ownedPartitions }) =>
        ownedPartitions.map(({ topic, partition }) => [`${topic}-${partition}`, memberId] as const),
      ),
  )
  for (const [memberId, { partitions, info }] of assigned) {
    assert.equal(partitions.length, info.activeTasks.length)
    for (const { topic, partition } of partitions) {
      const owner = owned.get(`${topic}-${partition}`)
      assert.equal(owner === undefined || owner === memberId, true, 'nothing is given that another member owns')
    }
  }
  for (const task of model.tasks) {
    if (given.includes(formatTaskId(task.id))) continue
    assert.equal(owned.has(`${task.sources[0]!.topic}-${task.sources[0]!.partition}`), true, 'only owned tasks are held back')
  }
}

function checkWarmups(model: GroupModel, assigned: ReadonlyMap<string, MemberAssignment>): void {
  const copies = new Map<string, number>()
  for (const { standby } of targetOf(assigned).values()) for (const task of standby) copies.set(task, (copies.get(task) ?? 0) + 1)
  const extra = [...copies.values()].reduce((sum, count) => sum + Math.max(0, count - model.options.numStandbyReplicas), 0)
  assert.equal(extra <= model.options.maxWarmupReplicas, true, `${extra} extra copies, ${model.options.maxWarmupReplicas} allowed`)
}

function checkCaughtUp(model: GroupModel, assigned: ReadonlyMap<string, MemberAssignment>): void {
  const isCaughtUp = (processId: string, task: string): boolean => {
    const offset = model.state.get(processId)?.get(task)
    return offset === LATEST_OFFSET || (offset !== undefined && END - offset <= model.options.acceptableRecoveryLag)
  }
  for (const [processId, { active }] of targetOf(assigned)) {
    for (const task of active) {
      if (!model.stateful.includes(task) || isCaughtUp(processId, task)) continue
      assert.equal(
        model.processes.some((other) => isCaughtUp(other, task)),
        false,
        `${task} goes to ${processId} although another process is caught up`,
      )
    }
  }
}

function checkBalance(model: GroupModel, assigned: ReadonlyMap<string, MemberAssignment>): void {
  const target = targetOf(assigned)
  const countOf = (processId: string): number => target.get(processId)!.active.filter((task) => model.stateful.includes(task)).length
  for (const a of model.processes) {
    for (const b of model.processes) {
      const [more, less] = [countOf(a) / model.threadsOf(a), countOf(b) / model.threadsOf(b)]
      const after = (countOf(a) - 1) / model.threadsOf(a) - (countOf(b) + 1) / model.threadsOf(b)
      assert.equal(more > less && after >= 0 && after < more - less, false, `a stateful task should go from ${a} to ${b}`)
    }
    const ofThreads = [...assigned]
      .filter(([member]) => member.startsWith(a))
      .map(([, { info }]) => info.activeTasks.length + info.standbyTasks.length)
    assert.equal(Math.max(...ofThreads) - Math.min(...ofThreads) <= 1, true, 'the threads of a process have equally much')
  }
}

test('the assignment gives each task to one process, standbys to others, and to no member what another owns', () => {
  fc.assert(
    fc.property(shape, fc.boolean(), fc.constantFrom<AssignorChoice>('high-availability', 'sticky'), (given, catchesUp, choice) => {
      const model = new GroupModel(given)
      for (let round = 0; round < 3; round++) {
        const assigned = model.assign(choice)
        checkPlaces(model, assigned)
        model.take(assigned, catchesUp)
        model.add(20 + round, 2)
      }
    }),
  )
})

test('the high-availability assignor keeps active tasks where their state is, and warms up no more than it may', () => {
  fc.assert(
    fc.property(shape, fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), (given, steps) => {
      const model = new GroupModel(given)
      model.settle('high-availability', true, () => {})
      for (const [index, catchesUp] of steps.entries()) {
        if (index % 2 === 0) model.add(20 + index, 1 + (index % 2))
        const assigned = model.assign()
        checkPlaces(model, assigned)
        checkWarmups(model, assigned)
        checkCaughtUp(model, assigned)
        model.take(assigned, catchesUp)
      }
    }),
  )
})

test('the high-availability assignor comes to rest balanced and without warm-ups when processes catch up, come and go', () => {
  fc.assert(
    fc.property(shape, fc.array(fc.nat(), { maxLength: 3 }), (given, gone) => {
      const model = new GroupModel(given)
      model.settle('high-availability', true, () => {})
      model.add(20, 2)
      for (const draw of gone) if (model.processes.length > 1) model.remove(model.processes[draw % model.processes.length]!)
      model.settle('high-availability', true, (assigned) => checkWarmups(model, assigned))
      const assigned = model.assign()
      checkBalance(model, assigned)
      const others = model.processes.length - 1
      const copies = [...targetOf(assigned).values()].reduce((sum, { standby }) => sum + standby.length, 0)
      assert.equal(copies, model.stateful.length * Math.min(others, model.options.numStandbyReplicas), 'no warm-ups are left')
    }),
    { numRuns: 60 },
  )
})

test('nothing moves when nothing has changed', () => {
  fc.assert(
    fc.property(shape, (given) => {
      const model = new GroupModel(given)
      model.settle('high-availability', true, () => {})
      const before = model.assign()
      model.take(before, true)
      const after = model.assign()
      assert.deepEqual(targetOf(after), targetOf(before))
      for (const [member, { partitions, info }] of after) {
        const { info: previous, partitions: owned } = before.get(member)!
        const isStateful = ({ id }: { id: string }): boolean => model.stateful.includes(id)
        const statefulOf = (tasks: readonly { id: string }[]): string[] => tasks.filter(isStateful).map(({ id }) => id)
        const named = (tasks: MemberAssignment['info']['activeTasks']): { id: string }[] =>
          tasks.map((task) => ({ id: formatTaskId(task) }))
        assert.deepEqual(statefulOf(named(info.activeTasks)), statefulOf(named(previous.activeTasks)))
        assert.equal(partitions.length, owned.length)
        assert.equal(info.nextRebalanceMs, Infinity)
      }
    }),
    { numRuns: 60 },
  )
})

test('fewer partitions are read from other racks with min_traffic, and every process has as many tasks', () => {
  fc.assert(
    fc.property(shape, (given) => {
      const assignWith = (rackAwareStrategy: AssignorOptions['rackAwareStrategy']): Map<string, ProcessTasks> =>
        targetOf(new GroupModel({ ...given, options: { ...given.options, rackAwareStrategy } }).assign())
      const [without, aware] = [assignWith('none'), assignWith('min_traffic')]
      const readsFromElsewhere = (target: Map<string, ProcessTasks>): number =>
        [...target.values()]
          .map(({ active }, process) => active.filter((task) => !replicasOf(task).includes(rackOf(process))).length)
          .reduce((sum, count) => sum + count, 0)
      assert.equal(readsFromElsewhere(aware) <= readsFromElsewhere(without), true)
      for (const [processId, { active }] of aware) assert.equal(active.length, without.get(processId)!.active.length)
    }),
  )
})

function replicasOf(task: string): string[] {
  const partition = Number(task.split('_')[1])
  return [rackOf(partition), rackOf(partition + 1)]
}

test('the same group is assigned the same, whatever the order in which its members are given', () => {
  fc.assert(
    fc.property(shape, fc.constantFrom<AssignorChoice>('high-availability', 'sticky'), (given, choice) => {
      const model = new GroupModel(given)
      model.take(model.assign(choice), false)
      const input = model.input()
      const turned = { ...input, members: input.members.toReversed() }
      const assigner = createTaskAssigner(choice, given.options)
      assert.deepEqual(targetOf(assigner.assign(turned)), targetOf(assigner.assign(input)))
    }),
    { numRuns: 30 },
  )
})
