// What a partition leader remembers of producers: the rules of idempotence and of open transactions (N§3.4, "Partition leader").
import { assert } from '../../base/assert.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'

/** What the header of a batch says about its producer. */
export interface ProducerBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** The sequence of its last record; wraps from 2^31 - 1 to 0. */
  readonly lastSequence: number
  readonly isTransactional: boolean
}

/** A batch that was appended before. */
export interface AppendedBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly timestamp: number
}

/** A transaction that was aborted: what read_committed readers are told of it. */
export interface AbortedTransactionEntry {
  readonly producerId: number
  readonly firstOffset: number
  /** Offset of its marker. */
  readonly lastOffset: number
  /** The last stable offset right after the marker. */
  readonly lastStableOffset: number
}

/** The verdict on a batch: append it, answer as if it were appended (`duplicate`), or refuse it. */
export type ProducerVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly batch: AppendedBatch }
  | { readonly kind: 'refuse'; readonly errorCode: number }

/** The sequences of a producer that asked to join its transaction here, before its first batch of it was appended. */
interface Joining {
  epoch: number
  lowestSequence: number
}

interface ProducerState {
  epoch: number
  /** The last batches of this epoch, oldest first. */
  batches: AppendedBatch[]
  timestampMs: number
}

/** How many batches per producer are kept to recognise repeats; the reason why a client has at most five requests in flight. */
const BATCHES_KEPT = 5
const SEQUENCE_MAX = 0x7fff_ffff

const append: ProducerVerdict = { kind: 'append' }

/** The producers of one partition. */
export class ProducerStates {
  readonly #producers = new Map<number, ProducerState>()
  /** First offset of the open transaction by producer id. In order of those offsets, because they only grow: the first one is the least. */
  readonly #openTransactions = new Map<number, number>()
  readonly #joining = new Map<number, Joining>()
  readonly #expirationMs: number

  /** `expirationMs`: `producer.id.expiration.ms`, after which an idle producer is forgotten. */
  constructor(expirationMs: number) {
    this.#expirationMs = expirationMs
  }

  /** First offset of the oldest open transaction, `null` if none is open. */
  get firstOpenOffset(): number | null {
    for (const offset of this.#openTransactions.values()) return offset
    return null
  }

  /** Whether this epoch of the producer has a transaction with records in the partition. */
  hasOpenTransaction(producerId: number, producerEpoch: number): boolean {
    return this.#openTransactions.has(producerId) && this.#producers.get(producerId)?.epoch === producerEpoch
  }

  /**
   * A transactional batch came while its producer has no transaction open here; whether it may join one is being asked. When it may not,
   * and the batch behind it may, that one must wait for it:
   *
   * 1. Batches 0 and 1 of a producer that the partition does not know are in flight.
   * 2. Batch 0 is refused for the moment, because the coordinator is loading.
   * 3. The coordinator has loaded; batch 1 may join. Any first sequence would do, and batch 0 would be lost for good.
   *
   * `false`: its epoch is over here, and nobody needs to be asked.
   */
  joins(batch: ProducerBatch): boolean {
    const state = this.#producers.get(batch.producerId)
    if (state !== undefined && batch.producerEpoch < state.epoch) return false
    const joining = this.#joining.get(batch.producerId)
    if (joining === undefined || batch.producerEpoch > joining.epoch) {
      this.#joining.set(batch.producerId, { epoch: batch.producerEpoch, lowestSequence: batch.baseSequence })
    } else if (batch.producerEpoch === joining.epoch) {
      joining.lowestSequence = Math.min(joining.lowestSequence, batch.baseSequence)
    }
    return true
  }

  /**
   * Judges a batch with a producer id. `mustStartAtZero`: the transaction version bumps epochs, so that a producer without state can
   * only start at sequence 0.
   */
  judge(batch: ProducerBatch, nowMs: number, mustStartAtZero: boolean): ProducerVerdict {
    const joining = this.#joining.get(batch.producerId)
    const state = this.#find(batch.producerId, nowMs)
    const repeated = state?.epoch === batch.producerEpoch ? findRepeated(batch, state.batches) : undefined
    if (repeated !== undefined) return { kind: 'duplicate', batch: repeated }
    if (state !== undefined && batch.producerEpoch < state.epoch) return refuse(kafkaErrors.INVALID_PRODUCER_EPOCH)
    if (joining !== undefined && batch.baseSequence > joining.lowestSequence) {
      return refuse(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    }
    if (state === undefined) {
      return mustStartAtZero && (batch.isTransactional || joining !== undefined) && batch.baseSequence !== 0
        ? refuse(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
        : append
    }
    if (batch.producerEpoch > state.epoch) return batch.baseSequence === 0 ? append : refuse(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    const verdict = judgeSequence(batch, state.batches)
    if (verdict.kind === 'append' && !batch.isTransactional && this.#openTransactions.has(batch.producerId)) {
      return refuse(kafkaErrors.INVALID_TXN_STATE)
    }
    return verdict
  }

  /** Takes note of a batch that was judged `append` and is now at `baseOffset`. */
  appended(batch: ProducerBatch, baseOffset: number, nowMs: number): void {
    const state = this.#open(batch.producerId, batch.producerEpoch)
    assert(batch.producerEpoch >= state.epoch, 'A batch of an older epoch is never appended')
    state.timestampMs = nowMs
    if (batch.producerEpoch > state.epoch) {
      state.epoch = batch.producerEpoch
      state.batches = []
    }
    state.batches.push({
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      baseOffset,
      timestamp: nowMs,
    })
    if (state.batches.length > BATCHES_KEPT) state.batches.shift()
    if (!batch.isTransactional) return
    this.#joining.delete(batch.producerId)
    if (!this.#openTransactions.has(batch.producerId)) this.#openTransactions.set(batch.producerId, baseOffset)
  }

  /** Whether a marker of this epoch may be appended: not one that is older than what the partition knows. */
  acceptsMarker(producerId: number, producerEpoch: number): boolean {
    const state = this.#producers.get(producerId)
    return state === undefined || producerEpoch >= state.epoch
  }

  /** Ends the open transaction of a producer by the marker at `offset`; returns its first offset, `null` if none was open. */
  ended(producerId: number, producerEpoch: number, nowMs: number): number | null {
    const state = this.#open(producerId, producerEpoch)
    this.#joining.delete(producerId)
    state.timestampMs = nowMs
    if (producerEpoch > state.epoch) {
      state.epoch = producerEpoch
      state.batches = []
    }
    const firstOffset = this.#openTransactions.get(producerId)
    if (firstOffset === undefined) return null
    this.#openTransactions.delete(producerId)
    return firstOffset
  }

  /** The state of a producer, `undefined` if the partition never saw it or has forgotten it. */
  #find(producerId: number, nowMs: number): ProducerState | undefined {
    const state = this.#producers.get(producerId)
    if (state === undefined || nowMs - state.timestampMs < this.#expirationMs || this.#openTransactions.has(producerId)) return state
    this.#producers.delete(producerId)
    return undefined
  }

  #open(producerId: number, producerEpoch: number): ProducerState {
    let state = this.#producers.get(producerId)
    if (state === undefined) {
      state = { epoch: producerEpoch, batches: [], timestampMs: 0 }
      this.#producers.set(producerId, state)
    }
    return state
  }
}

function refuse(errorCode: number): ProducerVerdict {
  return { kind: 'refuse', errorCode }
}

function findRepeated(batch: ProducerBatch, kept: readonly AppendedBatch[]): AppendedBatch | undefined {
  return kept.find(({ firstSequence, lastSequence }) => firstSequence === batch.baseSequence && lastSequence === batch.lastSequence)
}

function judgeSequence(batch: ProducerBatch, kept: readonly AppendedBatch[]): ProducerVerdict {
  const last = kept.at(-1)
  // No batch of this epoch is known: a marker brought the epoch, or the log lost what it had.
  if (last === undefined) return batch.baseSequence === 0 ? append : refuse(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  const next = last.lastSequence === SEQUENCE_MAX ? 0 : last.lastSequence + 1
  if (batch.baseSequence === next) return append
  // Also a repeat of a batch that is no longer kept: a client with at most five requests in flight never sends one.
  return refuse(kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
}
