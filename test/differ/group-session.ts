import type { RequestOf, ResponseOf } from '../../src/protocol/messages.ts'
import { kafkaErrors as kafka } from '../../src/protocol/kafka-errors.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { codeName, type DifferCluster } from './differ-cluster.ts'
import { type Asker, MEMBERS, type Operation, type Shift } from './operation.ts'

type GroupOperation = Extract<Operation, { kind: 'rebalance' | 'join wrongly' | 'sync' | 'heartbeat' | 'leave' }>

interface Member {
  id: string
  generation: number
}

const TIMEOUT_MS = 30_000

/** The members of a classic group, which share no connection: a join waits for the others. */
export class GroupSession {
  readonly #cluster: DifferCluster
  readonly #connection: Connection
  readonly #groupId: string
  readonly #members: (Member | null)[] = Array.from({ length: MEMBERS }, () => null)
  /** Who joins with other metadata than before makes the group rebalance; with the same it may be told that nothing has changed. */
  #rounds = 0
  readonly #connections: (Connection | null)[] = Array.from({ length: MEMBERS }, () => null)

  constructor(cluster: DifferCluster, connection: Connection, groupId: string) {
    this.#cluster = cluster
    this.#connection = connection
    this.#groupId = groupId
  }

  /** The member id and generation that somebody sends. */
  asker(asker: Asker, shift: Shift): { readonly memberId: string; readonly generation: number } {
    if (asker === 'nobody') return { memberId: '', generation: -1 }
    if (asker === 'ghost') return { memberId: 'ghost', generation: 1 }
    const member = this.#members[asker]
    return member === null || member === undefined
      ? { memberId: 'not yet', generation: 1 }
      : { memberId: member.id, generation: member.generation + shift }
  }

  async run(operation: GroupOperation): Promise<string> {
    switch (operation.kind) {
      case 'rebalance':
        return this.#rebalance(operation.newcomer)
      case 'join wrongly':
        return this.#joinWrongly(operation.how)
      case 'sync': {
        const { memberId, generation } = this.asker(operation.asker, operation.generation)
        return describeSync(await this.#connection.send('SyncGroup', 5, this.#syncRequest(memberId, generation), TIMEOUT_MS))
      }
      case 'heartbeat': {
        const { memberId, generation: generationId } = this.asker(operation.asker, operation.generation)
        const request = { groupId: this.#groupId, generationId, memberId, groupInstanceId: null }
        return codeName((await this.#connection.send('Heartbeat', 4, request, TIMEOUT_MS)).errorCode)
      }
      case 'leave':
        return this.#leave(operation.asker)
    }
  }

  close(): void {
    for (const connection of this.#connections) connection?.close()
  }

  /** All members, and perhaps one more, join and get what the leader says. */
  async #rebalance(newcomer: number | null): Promise<string> {
    this.#rounds++
    if (newcomer !== null && this.#members[newcomer] === null) {
      const connection = await this.#connectionOf(newcomer)
      const { memberId, errorCode } = await connection.send('JoinGroup', 9, this.#joinRequest(''), TIMEOUT_MS)
      if (errorCode !== kafka.MEMBER_ID_REQUIRED) return `newcomer: ${codeName(errorCode)}`
      this.#members[newcomer] = { id: memberId, generation: -1 }
    }
    const present = this.#members.flatMap((member, index) => (member === null ? [] : [{ member, index }]))
    const joins = await Promise.all(
      present.map(async ({ member, index }) => {
        const connection = await this.#connectionOf(index)
        return connection.send('JoinGroup', 9, this.#joinRequest(member.id), TIMEOUT_MS)
      }),
    )
    const answers = await Promise.all(
      present.map(async ({ member, index }, place) => {
        const join = joins[place]!
        if (join.errorCode !== kafka.NONE) {
          this.#members[index] = null
          return `${index}: ${codeName(join.errorCode)}`
        }
        member.generation = join.generationId
        const assignments =
          join.leader === member.id
            ? present.map((each) => ({ memberId: each.member.id, assignment: Buffer.from(`for ${each.index}`) }))
            : []
        const request = { ...this.#syncRequest(member.id, member.generation), assignments }
        const sync = await (await this.#connectionOf(index)).send('SyncGroup', 5, request, TIMEOUT_MS)
        return `${index}: in ${join.generationId} by ${join.protocolName}, ${describeSync(sync)}`
      }),
    )
    const known = joins.reduce((sum, { members }) => sum + members.length, 0)
    return `${answers.join('; ')}; the leader sees ${known}`
  }

  async #joinWrongly(how: 'ghost' | 'protocol' | 'type' | 'session'): Promise<string> {
    // A group without members takes any protocol.
    if ((how === 'protocol' || how === 'type') && this.#members.every((member) => member === null)) return 'nobody is there'
    const request = this.#joinRequest(how === 'ghost' ? 'ghost' : '')
    const wrong: RequestOf<'JoinGroup'> = {
      ...request,
      ...(how === 'protocol' ? { protocols: [{ name: 'other', metadata: Buffer.alloc(0) }] } : {}),
      ...(how === 'type' ? { protocolType: 'other' } : {}),
      ...(how === 'session' ? { sessionTimeoutMs: 1 } : {}),
    }
    const { errorCode, memberId } = await this.#connection.send('JoinGroup', 9, wrong, TIMEOUT_MS)
    // The group would wait for whom it has given an id.
    if (errorCode === kafka.MEMBER_ID_REQUIRED) await this.#sendLeave(memberId)
    return codeName(errorCode)
  }

  async #leave(asker: Asker): Promise<string> {
    const { memberId } = this.asker(asker, 0)
    const response = await this.#sendLeave(memberId)
    if (typeof asker === 'number') this.#members[asker] = null
    return [response.errorCode, ...response.members.map(({ errorCode }) => errorCode)].map(codeName).join(', ')
  }

  #sendLeave(memberId: string): Promise<ResponseOf<'LeaveGroup'>> {
    const members = [{ memberId, groupInstanceId: null, reason: null }]
    return this.#connection.send('LeaveGroup', 5, { groupId: this.#groupId, memberId: '', members }, TIMEOUT_MS)
  }

  #joinRequest(memberId: string): RequestOf<'JoinGroup'> {
    return {
      groupId: this.#groupId,
      sessionTimeoutMs: 120_000,
      rebalanceTimeoutMs: 120_000,
      memberId,
      groupInstanceId: null,
      protocolType: 'differ',
      protocols: [{ name: 'range', metadata: Buffer.from(`round ${this.#rounds}`) }],
      reason: null,
    }
  }

  #syncRequest(memberId: string, generationId: number): RequestOf<'SyncGroup'> {
    return {
      groupId: this.#groupId,
      generationId,
      memberId,
      groupInstanceId: null,
      protocolType: 'differ',
      protocolName: 'range',
      assignments: [],
    }
  }

  async #connectionOf(index: number): Promise<Connection> {
    return (this.#connections[index] ??= await this.#cluster.connect())
  }
}

function describeSync({ errorCode, assignment }: ResponseOf<'SyncGroup'>): string {
  return errorCode === kafka.NONE ? `gets '${assignment.toString()}'` : codeName(errorCode)
}
