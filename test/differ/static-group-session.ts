import { kafkaErrors as kafka } from '../../src/protocol/kafka-errors.ts'
import type { RequestOf, ResponseOf } from '../../src/protocol/messages.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { codeName, type DifferCluster } from './differ-cluster.ts'
import { MEMBERS, type StaticOperation } from './operation.ts'

interface Instance {
  memberId: string
  oldMemberId: string
  generation: number
}

/** An instance and its number. */
interface Present {
  readonly instance: Instance
  readonly index: number
}

const TIMEOUT_MS = 30_000
const RETRIES = 500
const RETRY_MS = 10
const ZERO_UUID = '00000000-0000-0000-0000-000000000000'

/** A classic group whose members are static (KIP-345): each is restarted now and then, and may still send what it had been before. */
export class StaticGroupSession {
  readonly #cluster: DifferCluster
  readonly #connection: Connection
  readonly #groupId: string
  readonly #topic: string
  readonly #instances: (Instance | null)[] = Array.from({ length: MEMBERS }, () => null)
  readonly #connections: (Connection | null)[] = Array.from({ length: MEMBERS }, () => null)
  #rounds = 0

  constructor(cluster: DifferCluster, connection: Connection, { groupId, topic }: { readonly groupId: string; readonly topic: string }) {
    this.#cluster = cluster
    this.#connection = connection
    this.#groupId = groupId
    this.#topic = topic
  }

  async run(operation: StaticOperation): Promise<string> {
    switch (operation.kind) {
      case 'static rebalance':
        return this.#rebalance(operation.newcomer)
      case 'static restart':
        return this.#restart(operation.instance)
      case 'static leave':
        return this.#leave(operation.instance)
      case 'static heartbeat': {
        const response = await this.#connection.send('Heartbeat', 4, { groupId: this.#groupId, ...this.#asker(operation) }, TIMEOUT_MS)
        return codeName(response.errorCode)
      }
      case 'static sync':
        return describeSync(await this.#connection.send('SyncGroup', 5, this.#syncRequest(this.#asker(operation)), TIMEOUT_MS))
      case 'static commit':
        return this.#commit(operation)
    }
  }

  close(): void {
    for (const connection of this.#connections) connection?.close()
  }

  /** All instances, and perhaps one more, join with what they know of themselves, and get what the leader says. */
  async #rebalance(newcomer: number | null): Promise<string> {
    this.#rounds++
    const others = this.#present()
    if (newcomer === null || this.#instances[newcomer] !== null) return this.#joinAll(others)
    const instance = { memberId: '', oldMemberId: 'never was', generation: -1 }
    this.#instances[newcomer] = instance
    const joining = this.#join(newcomer, '')
    // The group must know the newcomer when the others come, or it would go on without.
    if (others.length > 0) await this.#untilRebalancing(others[0]!)
    return this.#joinAll(others, { instance, index: newcomer, joining })
  }

  async #joinAll(others: readonly Present[], newcomer?: Present & { readonly joining: Promise<ResponseOf<'JoinGroup'>> }): Promise<string> {
    const joins = others.map(({ instance, index }) => this.#join(index, instance.memberId))
    return newcomer === undefined
      ? this.#synchronize(others, await Promise.all(joins))
      : this.#synchronize([...others, newcomer], await Promise.all([...joins, newcomer.joining]))
  }

  async #untilRebalancing({ instance, index }: Present): Promise<void> {
    const request = {
      groupId: this.#groupId,
      generationId: instance.generation,
      memberId: instance.memberId,
      groupInstanceId: instanceIdOf(index),
    }
    for (let tries = 0; tries < RETRIES; tries++) {
      const { errorCode } = await this.#connection.send('Heartbeat', 4, request, TIMEOUT_MS)
      if (errorCode !== kafka.NONE) return
      await this.#cluster.sleep(RETRY_MS)
    }
  }

  /** An instance joins as if it had never been there. The others only take part if the group asks them to. */
  async #restart(index: number): Promise<string> {
    const instance = this.#instances[index] ?? null
    if (instance === null) return 'nobody is there'
    const join = await this.#join(index, '')
    if (join.errorCode !== kafka.NONE) return codeName(join.errorCode)
    instance.oldMemberId = instance.memberId
    const described = `leader sees ${join.members.length}, skips ${join.skipAssignment}`
    return `${described}, ${await this.#synchronize([{ instance, index }], [join])}`
  }

  /** Leaves by its instance id alone, as an administrator would have it; the others rebalance. */
  async #leave(index: number): Promise<string> {
    const members = [{ memberId: '', groupInstanceId: instanceIdOf(index), reason: null }]
    const response = await this.#connection.send('LeaveGroup', 5, { groupId: this.#groupId, memberId: '', members }, TIMEOUT_MS)
    const codes = [response.errorCode, ...response.members.map(({ errorCode }) => errorCode)].map(codeName).join()
    this.#instances[index] = null
    return `${codes}; ${this.#present().length === 0 ? 'nobody is left' : await this.#rebalance(null)}`
  }

  async #synchronize(present: readonly Present[], joins: readonly ResponseOf<'JoinGroup'>[]): Promise<string> {
    const answers = await Promise.all(
      present.map(async ({ instance, index }, place) => {
        const join = joins[place]!
        if (join.errorCode !== kafka.NONE) {
          if (join.errorCode !== kafka.REBALANCE_IN_PROGRESS) this.#instances[index] = null
          return `${index}: ${codeName(join.errorCode)}`
        }
        if (join.memberId !== instance.memberId) instance.oldMemberId = instance.memberId === '' ? instance.oldMemberId : instance.memberId
        instance.memberId = join.memberId
        instance.generation = join.generationId
        const isLeader = join.leader === join.memberId && !join.skipAssignment
        const assignments = isLeader
          ? join.members.map(({ memberId, groupInstanceId }) => ({ memberId, assignment: Buffer.from(`for ${groupInstanceId}`) }))
          : []
        const identity = { memberId: join.memberId, generationId: join.generationId, groupInstanceId: instanceIdOf(index) }
        const request = { ...this.#syncRequest(identity), assignments }
        const sync = await (await this.#connectionOf(index)).send('SyncGroup', 5, request, TIMEOUT_MS)
        return `${index}: in ${join.generationId}, ${describeSync(sync)}`
      }),
    )
    return answers.toSorted().join('; ')
  }

  async #commit(operation: Parameters<StaticGroupSession['run']>[0]): Promise<string> {
    const { memberId, generationId, groupInstanceId } = this.#asker(operation)
    const partitions = [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }]
    const request: RequestOf<'OffsetCommit'> = {
      groupId: this.#groupId,
      generationIdOrMemberEpoch: generationId,
      memberId,
      groupInstanceId,
      retentionTimeMs: -1,
      topics: [{ name: this.#topic, topicId: ZERO_UUID, partitions }],
    }
    const response = await this.#connection.send('OffsetCommit', 9, request, TIMEOUT_MS)
    return codeName(response.topics[0]!.partitions[0]!.errorCode)
  }

  #asker(operation: StaticOperation): { readonly memberId: string; readonly generationId: number; readonly groupInstanceId: string } {
    const index = 'instance' in operation ? operation.instance : 0
    const { isOld = false, generation = 0 } = 'isOld' in operation ? operation : {}
    const instance = this.#instances[index]
    const groupInstanceId = instanceIdOf(index)
    if (instance === null || instance === undefined) return { memberId: 'never was', generationId: 1, groupInstanceId }
    return { memberId: isOld ? instance.oldMemberId : instance.memberId, generationId: instance.generation + generation, groupInstanceId }
  }

  #present(): Present[] {
    return this.#instances.flatMap((instance, index) => (instance === null ? [] : [{ instance, index }]))
  }

  async #join(index: number, memberId: string): Promise<ResponseOf<'JoinGroup'>> {
    const request: RequestOf<'JoinGroup'> = {
      groupId: this.#groupId,
      sessionTimeoutMs: 120_000,
      rebalanceTimeoutMs: 120_000,
      memberId,
      groupInstanceId: instanceIdOf(index),
      protocolType: 'differ',
      protocols: [{ name: 'range', metadata: Buffer.from(`round ${this.#rounds}`) }],
      reason: null,
    }
    return (await this.#connectionOf(index)).send('JoinGroup', 9, request, TIMEOUT_MS)
  }

  #syncRequest(identity: {
    readonly memberId: string
    readonly generationId: number
    readonly groupInstanceId: string
  }): RequestOf<'SyncGroup'> {
    return { groupId: this.#groupId, ...identity, protocolType: 'differ', protocolName: 'range', assignments: [] }
  }

  async #connectionOf(index: number): Promise<Connection> {
    return (this.#connections[index] ??= await this.#cluster.connect())
  }
}

function instanceIdOf(index: number): string {
  return `instance-${index}`
}

function describeSync({ errorCode, assignment }: ResponseOf<'SyncGroup'>): string {
  return errorCode === kafka.NONE ? `gets '${assignment.toString()}'` : codeName(errorCode)
}
