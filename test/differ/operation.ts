import type { Prng } from '../../src/base/prng.ts'

/** The producers of a sequence; `rival` has the transactional id of `new`. */
export const producerNames = ['new', 'rival', 'old', 'plain'] as const
export type ProducerName = (typeof producerNames)[number]

/** `new` and `rival` speak the second transaction protocol, `old` the first, `plain` has no transactions. */
export function isTransactional(producer: ProducerName): boolean {
  return producer !== 'plain'
}

/** Partitions of the topic of a sequence. */
export const PARTITIONS = 2
/** Members that a classic group may have. */
export const MEMBERS = 3
/** Members that a streams group may have: with more Kafka decides by the order of a hash map who has one task more. */
export const STREAMS_MEMBERS = 2

/** Who commits or asks: nobody in particular, a member, or somebody whom the group does not know. */
export type Asker = 'nobody' | 'ghost' | number

/** How far a number is from the right one. */
export type Shift = -1 | 0 | 1

/** One request, in terms that mean the same on every cluster. */
export type Operation =
  | { readonly kind: 'init'; readonly producer: ProducerName; readonly from: 'nothing' | 'current' | 'stale' | 'half' }
  | {
      readonly kind: 'produce'
      readonly producer: ProducerName
      readonly partition: number
      readonly records: number
      /** The next sequence, that of an earlier batch, one with a gap before it, or from the start. */
      readonly sequence: 'next' | 'again' | 'much earlier' | 'gap' | 'zero'
      readonly epoch: Shift
      /** Whether the batch has the transactional bit as its producer should. */
      readonly hasRightBit: boolean
    }
  | { readonly kind: 'add partitions'; readonly producer: ProducerName; readonly partitions: readonly number[]; readonly epoch: Shift }
  | { readonly kind: 'add offsets'; readonly producer: ProducerName; readonly epoch: Shift }
  | {
      readonly kind: 'commit in transaction'
      readonly producer: ProducerName
      readonly partition: number
      readonly offset: number
      readonly asker: Asker
      readonly generation: Shift
      readonly epoch: Shift
    }
  | { readonly kind: 'end'; readonly producer: ProducerName; readonly isCommit: boolean; readonly epoch: Shift }
  | {
      readonly kind: 'fetch'
      readonly partition: number
      /** Of what is between 0 and two behind the end. */
      readonly place: number
      readonly isCommitted: boolean
      readonly bytesMax: number
    }
  | {
      readonly kind: 'list'
      readonly partition: number
      readonly at: 'earliest' | 'latest' | 'greatest' | number
      readonly isCommitted: boolean
    }
  | { readonly kind: 'delete records'; readonly partition: number; readonly place: number }
  | { readonly kind: 'commit'; readonly partition: number; readonly offset: number; readonly asker: Asker; readonly generation: Shift }
  | { readonly kind: 'committed'; readonly isStable: boolean }
  | { readonly kind: 'rebalance'; readonly newcomer: number | null }
  | { readonly kind: 'join wrongly'; readonly how: 'ghost' | 'protocol' | 'type' | 'session' }
  | { readonly kind: 'sync' | 'heartbeat'; readonly asker: Asker; readonly generation: Shift }
  | { readonly kind: 'leave'; readonly asker: Asker }
  | StaticOperation
  | StreamsOperation
  | FetchSessionOperation

/** Instances of a classic group whose members are static. */
export type StaticOperation =
  | { readonly kind: 'static rebalance'; readonly newcomer: number | null }
  | {
      readonly kind: 'static restart' | 'static leave'
      readonly instance: number
    }
  | {
      readonly kind: 'static heartbeat' | 'static sync' | 'static commit'
      readonly instance: number
      /** Whether it sends the member id that it had before it was restarted. */
      readonly isOld: boolean
      readonly generation: Shift
    }

/** What a member of a streams group sends; `previous`: the epoch before, as after an answer that was lost. */
export type StreamsBeat =
  | 'join'
  | 'beat'
  | 'acknowledge'
  | 'own nothing'
  | 'previous'
  | 'ahead'
  | 'lost'
  | 'leave'
  | 'other topology'
  | 'shut down'

/** Members of a streams group (KIP-1071), and what others may ask of it. */
export type StreamsOperation =
  | { readonly kind: 'streams beat'; readonly member: number; readonly beat: StreamsBeat }
  | { readonly kind: 'streams commit'; readonly member: number | null; readonly partition: number; readonly epoch: Shift }
  | { readonly kind: 'streams describe' }

/** One incremental fetch session (KIP-227). */
export interface FetchSessionOperation {
  readonly kind: 'fetch session'
  /** `wrong epoch`, `wrong id`: as a client that has lost an answer, or whose session is gone, would. */
  readonly how: 'open' | 'next' | 'wrong epoch' | 'wrong id' | 'close'
  /** Partitions that are added or moved to a place between the start and two behind the end. */
  readonly add: readonly { readonly partition: number; readonly place: number }[]
  readonly forget: readonly number[]
  readonly isCommitted: boolean
}

function pick<T>(random: Prng, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)]!
}

function below(random: Prng, limit: number): number {
  return Math.floor(random.next() * limit)
}

/** Mostly right. */
function shift(random: Prng): Shift {
  return random.next() < 0.88 ? 0 : pick(random, [-1, 1] as const)
}

function asker(random: Prng): Asker {
  return pick(random, ['nobody', 'nobody', 'ghost', 0, 0, 1, 1, 2] as const)
}

type Draw = (random: Prng) => Operation

const draws: readonly (readonly [weight: number, draw: Draw])[] = [
  [
    6,
    (random) => ({
      kind: 'init',
      producer: pick(random, producerNames),
      from: pick(random, ['nothing', 'nothing', 'current', 'stale', 'half'] as const),
    }),
  ],
  [28, drawProduce],
  [
    5,
    (random) => ({
      kind: 'add partitions',
      producer: pick(random, ['old', 'old', 'old', 'new'] as const),
      partitions: pick(random, [[0], [1], [0, 1], [0, 1], [7]]),
      epoch: shift(random),
    }),
  ],
  [2, (random) => ({ kind: 'add offsets', producer: pick(random, ['old', 'old', 'new'] as const), epoch: shift(random) })],
  [
    5,
    (random) => ({
      kind: 'commit in transaction',
      producer: pick(random, ['new', 'rival', 'old'] as const),
      partition: below(random, PARTITIONS),
      offset: below(random, 100),
      asker: asker(random),
      generation: shift(random),
      epoch: shift(random),
    }),
  ],
  [
    12,
    (random) => ({
      kind: 'end',
      producer: pick(random, ['new', 'new', 'rival', 'old', 'old'] as const),
      isCommit: random.next() < 0.6,
      epoch: shift(random),
    }),
  ],
  [
    14,
    (random) => ({
      kind: 'fetch',
      partition: below(random, PARTITIONS),
      place: random.next(),
      isCommitted: random.next() < 0.6,
      bytesMax: pick(random, [1, 150, 400, 1_000_000]),
    }),
  ],
  [
    6,
    (random) => ({
      kind: 'list',
      partition: below(random, PARTITIONS),
      at: pick(random, ['earliest', 'latest', 'latest', 'greatest', below(random, 60) * 1_000] as const),
      isCommitted: random.next() < 0.5,
    }),
  ],
  [
    2,
    (random) => ({ kind: 'delete records', partition: below(random, PARTITIONS), place: random.next() * (random.next() < 0.8 ? 0.4 : 1) }),
  ],
  [
    5,
    (random) => ({
      kind: 'commit',
      partition: below(random, PARTITIONS + 1),
      offset: below(random, 100),
      asker: asker(random),
      generation: shift(random),
    }),
  ],
  [5, (random) => ({ kind: 'committed', isStable: random.next() < 0.5 })],
  [4, (random) => ({ kind: 'rebalance', newcomer: random.next() < 0.6 ? below(random, MEMBERS) : null })],
  [1, (random) => ({ kind: 'join wrongly', how: pick(random, ['ghost', 'protocol', 'type', 'session'] as const) })],
  [2, (random) => ({ kind: 'sync', asker: asker(random), generation: shift(random) })],
  [3, (random) => ({ kind: 'heartbeat', asker: asker(random), generation: shift(random) })],
  [2, (random) => ({ kind: 'leave', asker: asker(random) })],
  [3, (random) => ({ kind: 'static rebalance', newcomer: random.next() < 0.7 ? below(random, MEMBERS) : null })],
  [
    3,
    (random) => ({ kind: pick(random, ['static restart', 'static restart', 'static leave'] as const), instance: below(random, MEMBERS) }),
  ],
  [
    4,
    (random) => ({
      kind: pick(random, ['static heartbeat', 'static sync', 'static commit'] as const),
      instance: below(random, MEMBERS),
      isOld: random.next() < 0.4,
      generation: shift(random),
    }),
  ],
  [20, (random) => ({ kind: 'streams beat', member: below(random, STREAMS_MEMBERS), beat: pick(random, streamsBeats) })],
  [
    4,
    (random) => ({
      kind: 'streams commit',
      member: random.next() < 0.8 ? below(random, STREAMS_MEMBERS) : null,
      partition: below(random, PARTITIONS),
      epoch: shift(random),
    }),
  ],
  [2, () => ({ kind: 'streams describe' })],
  [14, drawFetchSession],
]

/** Mostly what a member that is well sends. */
const streamsBeats: readonly StreamsBeat[] = [
  ...Array.from({ length: 3 }, () => 'join' as const),
  ...Array.from({ length: 5 }, () => 'beat' as const),
  ...Array.from({ length: 6 }, () => 'acknowledge' as const),
  'own nothing',
  'previous',
  'ahead',
  'lost',
  'leave',
  'leave',
  'other topology',
  'shut down',
]

function drawFetchSession(random: Prng): Operation {
  return {
    kind: 'fetch session',
    how: pick(random, ['open', 'next', 'next', 'next', 'next', 'next', 'next', 'wrong epoch', 'wrong id', 'close'] as const),
    add: Array.from({ length: PARTITIONS + 1 }, (_, partition) => ({ partition, place: random.next() })).filter(() => random.next() < 0.3),
    forget: Array.from({ length: PARTITIONS + 1 }, (_, partition) => partition).filter(() => random.next() < 0.1),
    isCommitted: random.next() < 0.5,
  }
}

function drawProduce(random: Prng): Operation {
  const usual = random.next() < 0.75
  const hasRightBit = random.next() < 0.97
  const epoch = shift(random)
  return {
    kind: 'produce',
    producer: pick(random, ['new', 'new', 'rival', 'old', 'old', 'plain'] as const),
    partition: below(random, PARTITIONS),
    records: 1 + below(random, 4),
    sequence: usual ? 'next' : pick(random, ['again', 'again', 'much earlier', 'gap', 'zero'] as const),
    // An epoch that nobody was given is only asked about with the transactional bit: without it a Kafka broker takes it, and refuses the
    // markers of the transactions that follow for ever.
    epoch: hasRightBit || epoch < 0 ? epoch : 0,
    hasRightBit,
  }
}

/** A sequence of `count` operations; the producers are initialised first. */
export function drawOperations(random: Prng, count: number): readonly Operation[] {
  const total = draws.reduce((sum, [weight]) => sum + weight, 0)
  const operations: Operation[] = producerNames.map((producer) => ({ kind: 'init', producer, from: 'nothing' }))
  while (operations.length < count) {
    let left = random.next() * total
    const row = draws.find(([weight]) => (left -= weight) < 0) ?? draws[0]!
    operations.push(row[1](random))
  }
  return operations
}
