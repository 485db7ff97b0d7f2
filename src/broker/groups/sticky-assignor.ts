import { type RoleTasks, type TaskKey, splitTaskKey, taskKey } from './role-tasks.ts'

/** A member as the assignor sees it. */
export interface AssignorMember {
  readonly memberId: string
  readonly processId: string
  /** Its tasks in the target assignment before this one. */
  readonly previous: RoleTasks
  /** Changelog positions that it reported (from 4.4 on): state on its disk, whoever owns the task. */
  readonly taskOffsets: ReadonlyMap<TaskKey, number>
}

/** A sub-topology as the assignor sees it. */
export interface AssignorSubtopology {
  readonly subtopologyId: string
  readonly taskCount: number
  /** Whether it has changelogs: only such tasks get standbys. */
  readonly isStateful: boolean
}

/** What is to be assigned to whom. */
export interface AssignorInput {
  readonly members: readonly AssignorMember[]
  readonly subtopologies: readonly AssignorSubtopology[]
  readonly standbyReplicas: number
}

interface MemberLoad {
  readonly member: AssignorMember
  readonly process: ProcessLoad
  readonly active: Set<TaskKey>
  readonly standby: Set<TaskKey>
}

interface ProcessLoad {
  readonly members: MemberLoad[]
  readonly tasks: Set<TaskKey>
}

/**
 * The default assignor of the group coordinator, "sticky" (N§1.10): gives tasks back to who had them, up to an even share, then to who had
 * them as standby, then to the least loaded. No warm-ups, no racks. Deterministic: ties go to the member that is first by id.
 */
export function assignSticky(input: AssignorInput): Map<string, RoleTasks> {
  const loads = loadsOf(input.members)
  if (loads.length > 0) {
    assignActive(input, loads)
    if (input.standbyReplicas > 0) assignStandbys(input, loads)
  }
  return new Map(loads.map(({ member, active, standby }) => [member.memberId, { active, standby, warmup: new Set<TaskKey>() }]))
}

function loadsOf(members: readonly AssignorMember[]): MemberLoad[] {
  const processes = new Map<string, ProcessLoad>()
  const sorted = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  return sorted.map((member) => {
    let process = processes.get(member.processId)
    if (process === undefined) processes.set(member.processId, (process = { members: [], tasks: new Set() }))
    const load: MemberLoad = { member, process, active: new Set(), standby: new Set() }
    process.members.push(load)
    return load
  })
}

/** The even share, which is worked out again among the rest each time a member has reached it. */
class Quota {
  #tasks: number
  #members: number
  #share: number

  constructor(tasks: number, members: number) {
    this.#tasks = tasks
    this.#members = members
    this.#share = Math.ceil(tasks / members)
  }

  hasRoom(taskCount: number): boolean {
    return taskCount < this.#share
  }

  grown(taskCount: number): void {
    if (taskCount !== this.#share) return
    this.#tasks -= taskCount
    this.#members--
    this.#share = this.#members === 0 ? 0 : Math.ceil(this.#tasks / this.#members)
  }
}

function assignActive(input: AssignorInput, loads: readonly MemberLoad[]): void {
  const tasks = input.subtopologies.flatMap(({ subtopologyId, taskCount }) =>
    Array.from({ length: taskCount }, (_, partition) => taskKey(subtopologyId, partition)),
  )
  const quota = new Quota(tasks.length, loads.length)
  const give = (load: MemberLoad, task: TaskKey): void => {
    load.active.add(task)
    load.process.tasks.add(task)
    quota.grown(load.active.size)
  }
  const previousOwners = new Map<TaskKey, MemberLoad>()
  for (const load of loads) for (const task of load.member.previous.active) previousOwners.set(task, load)
  const afterOwners = tasks.sort(byPartition).filter((task) => {
    const owner = previousOwners.get(task)
    if (owner === undefined || !quota.hasRoom(owner.active.size)) return true
    give(owner, task)
    return false
  })
  const afterStandbys = afterOwners.filter((task) => {
    const candidate = leastLoadedHolder(previousHolders(loads, task))
    if (candidate === undefined || !quota.hasRoom(candidate.active.size)) return true
    give(candidate, task)
    return false
  })
  for (const task of afterStandbys.sort(bySubtopology)) give(leastLoaded(loads), task)
}

function assignStandbys(input: AssignorInput, loads: readonly MemberLoad[]): void {
  const stateful = input.subtopologies.filter(({ isStateful }) => isStateful)
  const tasks = stateful.flatMap(({ subtopologyId, taskCount }) =>
    Array.from({ length: taskCount }, (_, partition) => taskKey(subtopologyId, partition)),
  )
  const allActive = input.subtopologies.reduce((sum, { taskCount }) => sum + taskCount, 0)
  const quota = new Quota(allActive + tasks.length * input.standbyReplicas, loads.length)
  for (const load of loads) for (let count = 1; count <= load.active.size; count++) quota.grown(count)
  const give = (load: MemberLoad, task: TaskKey): void => {
    load.standby.add(task)
    load.process.tasks.add(task)
    quota.grown(taskCountOf(load))
  }
  const rest: TaskKey[] = []
  for (const task of tasks.sort(byPartition).reverse()) {
    for (let replica = 0; replica < input.standbyReplicas; replica++) {
      const candidate = previousStandbyCandidate(loads, quota, task)
      if (candidate === undefined) rest.push(task)
      else give(candidate, task)
    }
  }
  for (const task of rest.sort(bySubtopology).reverse()) {
    const free = loads.filter(({ process }) => !process.tasks.has(task))
    // Fewer processes than replicas: the task gets fewer standbys.
    if (free.length > 0) give(leastLoaded(free), task)
  }
}

/** The previous active owner, else the least loaded previous standby holder; only with room, and never two roles of a task in a process. */
function previousStandbyCandidate(loads: readonly MemberLoad[], quota: Quota, task: TaskKey): MemberLoad | undefined {
  const isFree = (load: MemberLoad): boolean => !load.process.tasks.has(task) && quota.hasRoom(taskCountOf(load))
  const owner = loads.find((load) => load.member.previous.active.has(task))
  if (owner !== undefined && isFree(owner)) return owner
  return leastLoadedHolder(previousHolders(loads, task).filter(isFree))
}

/** Who had the task as standby or warm-up, then who only reported offsets of it; the most caught-up first in both. */
function previousHolders(loads: readonly MemberLoad[], task: TaskKey): MemberLoad[] {
  const offsetOf = ({ member }: MemberLoad): number => member.taskOffsets.get(task) ?? 0
  const isReplica = ({ member }: MemberLoad): boolean => member.previous.standby.has(task) || member.previous.warmup.has(task)
  const byOffset = (a: MemberLoad, b: MemberLoad): number => offsetOf(b) - offsetOf(a)
  const replicas = loads.filter(isReplica).sort(byOffset)
  return [...replicas, ...loads.filter((load) => !isReplica(load) && load.member.taskOffsets.has(task)).sort(byOffset)]
}

function leastLoadedHolder(holders: readonly MemberLoad[]): MemberLoad | undefined {
  let best: MemberLoad | undefined
  for (const holder of holders) {
    if (best === undefined || (processLoad(holder) < processLoad(best) && taskCountOf(holder) < taskCountOf(best))) best = holder
  }
  return best
}

/** The least loaded member of the least loaded process. */
function leastLoaded(loads: readonly MemberLoad[]): MemberLoad {
  let best = loads[0]!
  for (const load of loads) {
    const difference = processLoad(load) - processLoad(best)
    if (difference < 0 || (difference === 0 && load.process === best.process && taskCountOf(load) < taskCountOf(best))) best = load
  }
  return best
}

/** Tasks per member of the process. */
function processLoad({ process }: MemberLoad): number {
  return process.members.reduce((sum, load) => sum + taskCountOf(load), 0) / process.members.length
}

function taskCountOf(load: MemberLoad): number {
  return load.active.size + load.standby.size
}

function byPartition(a: TaskKey, b: TaskKey): number {
  const left = splitTaskKey(a)
  const right = splitTaskKey(b)
  return left.partition - right.partition || compareText(left.subtopologyId, right.subtopologyId)
}

function bySubtopology(a: TaskKey, b: TaskKey): number {
  const left = splitTaskKey(a)
  const right = splitTaskKey(b)
  return compareText(left.subtopologyId, right.subtopologyId) || left.partition - right.partition
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
