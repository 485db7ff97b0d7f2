import type { Environment } from '../../base/environment.ts'
import type { FetchableTopicResponse, FetchPartitionData, FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Nodes } from '../nodes.ts'
import type { TopicCatalog } from '../topics/topic-catalog.ts'
import { type FetchBudget, type FetchTerms, findWanted, FIRST_WITH_TOPIC_IDS, readWanted } from './fetch-read.ts'
import type { FetchSession, FetchSessions, ToldPartition, WantedPartition } from './fetch-session.ts'
import { hintedEndpoints } from './partition-access.ts'

/** What fetching needs of the cluster. */
export interface FetchHost {
  readonly environment: Environment
  readonly nodes: Nodes
  readonly topics: TopicCatalog
  /** The sessions of each node. */
  readonly sessions: readonly FetchSessions[]
}

const EPOCH_INITIAL = 0
const EPOCH_FINAL = -1
const READ_COMMITTED = 1

/** What a request comes down to: whom to serve, in which session. */
interface FetchPlan {
  readonly partitions: readonly ToldPartition[]
  readonly session: FetchSession | null
  /** Only news is told. */
  readonly isIncremental: boolean
}

interface ReadPartition {
  readonly told: ToldPartition
  readonly data: FetchPartitionData
}

/** Answers Fetch: at once when there is enough, or an error, else when there is or the time is up. */
export function fetchHandler(host: FetchHost): Handler<'Fetch'> {
  return (request, version, context) => {
    const plan = planOf(host, request, version, context)
    if (typeof plan === 'number') return failure(plan)
    const terms: FetchTerms = { node: context.node, version, isCommittedOnly: request.isolationLevel === READ_COMMITTED }
    const answer = readAll(host, request, plan, terms)
    if (isEnough(request, answer) || plan.partitions.length === 0 || request.maxWaitMs <= 0) return respond(host, plan, terms, answer)
    return hold({ host, request, plan, terms, context })
  }
}

function planOf(host: FetchHost, request: FetchRequest, version: number, context: RequestContext): FetchPlan | number {
  const sessions = host.sessions[context.node]!
  const { sessionId, sessionEpoch } = request
  const usesTopicIds = version >= FIRST_WITH_TOPIC_IDS
  if (sessionEpoch !== EPOCH_INITIAL && sessionEpoch !== EPOCH_FINAL) {
    const session = sessions.use(sessionId, sessionEpoch, usesTopicIds)
    if (typeof session === 'number') return session
    for (const wanted of wantedBy(request, usesTopicIds)) session.want(wanted)
    for (const forgotten of request.forgottenTopicsData) {
      const topic = usesTopicIds ? '' : forgotten.topic
      for (const partition of forgotten.partitions) session.forget(topic, forgotten.topicId, partition)
    }
    if (session.isEmpty) {
      sessions.close(sessionId)
      return { partitions: wantedBy(request, usesTopicIds).map(untold), session: null, isIncremental: false }
    }
    return { partitions: [...session.partitions], session, isIncremental: true }
  }
  if (sessionId !== 0) sessions.close(sessionId)
  const wanted = wantedBy(request, usesTopicIds)
  if (sessionEpoch === EPOCH_FINAL || version < 7) {
    return { partitions: wanted.map(untold), session: null, isIncremental: false }
  }
  const session = sessions.open(usesTopicIds)
  for (const partition of wanted) session.want(partition)
  return { partitions: [...session.partitions], session, isIncremental: false }
}

function untold(wanted: WantedPartition): ToldPartition {
  return { wanted, highWatermark: -1, lastStableOffset: -1, logStart: -1 }
}

function wantedBy(request: FetchRequest, usesTopicIds: boolean): readonly WantedPartition[] {
  return request.topics.flatMap(({ topic, topicId, partitions }) =>
    partitions.map((partition) => ({
      topic: usesTopicIds ? '' : topic,
      topicId: usesTopicIds ? topicId : zeroUuid,
      partition: partition.partition,
      leaderEpoch: partition.currentLeaderEpoch,
      fetchOffset: partition.fetchOffset,
      lastFetchedEpoch: partition.lastFetchedEpoch,
      bytesMax: partition.partitionMaxBytes,
    })),
  )
}

function readAll(host: FetchHost, request: FetchRequest, plan: FetchPlan, terms: FetchTerms): readonly ReadPartition[] {
  const budget: FetchBudget = { bytesLeft: request.maxBytes, isEmpty: true }
  return plan.partitions.map((told) => ({ told, data: readWanted(host.topics, told.wanted, terms, budget) }))
}

function isEnough(request: FetchRequest, answer: readonly ReadPartition[]): boolean {
  let bytes = 0
  for (const { data } of answer) {
    if (data.errorCode !== kafkaErrors.NONE || data.divergingEpoch.epoch >= 0) return true
    bytes += data.records?.length ?? 0
  }
  return bytes >= request.minBytes
}

interface HeldFetch {
  readonly host: FetchHost
  readonly request: FetchRequest
  readonly plan: FetchPlan
  readonly terms: FetchTerms
  readonly context: RequestContext
}

/** Waits for one of the partitions to have news; several appends of one moment are looked at together. */
function hold(held: HeldFetch): Promise<FetchResponse> {
  const { host, request, plan, terms, context } = held
  const { scheduler } = host.environment
  return new Promise((resolve) => {
    const releases: (() => void)[] = []
    let isOver = false
    let isLooking = false
    const end = (): void => {
      isOver = true
      for (const release of releases) release()
    }
    const look = (isLast: boolean): void => {
      if (isOver) return
      isLooking = false
      const answer = readAll(host, request, plan, terms)
      if (!isLast && !isEnough(request, answer)) return
      end()
      resolve(respond(host, plan, terms, answer))
    }
    const lookSoon = (): void => {
      if (isLooking) return
      isLooking = true
      scheduler.soon(() => look(false))
    }
    for (const log of logsOf(held)) releases.push(log.onAdvance(lookSoon))
    const timer = scheduler.after(request.maxWaitMs, () => look(true))
    releases.push(() => timer.cancel(), context.onDisconnect(end))
  })
}

function logsOf({ host, plan, terms }: HeldFetch): readonly PartitionLog[] {
  const logs: PartitionLog[] = []
  for (const { wanted } of plan.partitions) {
    const { partition } = findWanted(host.topics, wanted, terms)
    if (partition !== null) logs.push(partition.log)
  }
  return logs
}

function respond(host: FetchHost, plan: FetchPlan, terms: FetchTerms, answer: readonly ReadPartition[]): FetchResponse {
  const { session } = plan
  const told = plan.isIncremental ? answer.filter(isNews) : answer
  for (const { told: partition, data } of answer) {
    partition.highWatermark = data.highWatermark
    partition.lastStableOffset = data.lastStableOffset
    partition.logStart = data.logStartOffset
    // Who got records goes behind those who did not, so that a limit on the whole answer starves nobody.
    if (session !== null && data.records !== null && data.records.length > 0) session.rotate(partition)
  }
  return {
    throttleTimeMs: 0,
    errorCode: kafkaErrors.NONE,
    sessionId: session?.id ?? 0,
    responses: byTopic(told),
    nodeEndpoints:
      terms.version >= 16
        ? hintedEndpoints(
            host.nodes,
            told.map(({ data }) => data.currentLeader),
          )
        : [],
  }
}

function isNews({ told, data }: ReadPartition): boolean {
  return (
    (data.records?.length ?? 0) > 0 ||
    data.errorCode !== kafkaErrors.NONE ||
    data.divergingEpoch.epoch >= 0 ||
    data.highWatermark !== told.highWatermark ||
    data.lastStableOffset !== told.lastStableOffset ||
    data.logStartOffset !== told.logStart
  )
}

/** Adjacent partitions of one topic become one entry; the order of service stays. */
function byTopic(partitions: readonly ReadPartition[]): readonly FetchableTopicResponse[] {
  const responses: { topic: string; topicId: string; partitions: FetchPartitionData[] }[] = []
  for (const { told, data } of partitions) {
    const { topic, topicId } = told.wanted
    const last = responses.at(-1)
    if (last !== undefined && last.topic === topic && last.topicId === topicId) last.partitions.push(data)
    else responses.push({ topic, topicId, partitions: [data] })
  }
  return responses
}

function failure(errorCode: number): FetchResponse {
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses: [], nodeEndpoints: [] }
}
