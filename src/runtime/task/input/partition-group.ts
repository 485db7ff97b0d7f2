import { assert } from '../../../base/assert.ts'
import type { FetchedChunk } from '../../../client/fetched-chunk.ts'
import { byHash, javaHashCode } from '../../../base/java-order.ts'
import type { RecordQueue } from './record-queue.ts'
import { StampedHeap } from '../stamped-heap.ts'
import type { TaskMetrics } from '../task-metrics.ts'

/** How long one input may keep the others waiting before it is logged. */
const NOT_READY_LOG_MS = 120_000

/**
 * The input queues of a task. Chooses the next record, the one with the smallest timestamp among the heads, and decides whether to wait
 * for inputs that are empty (`max.task.idle.ms`, P§5.3).
 */
export class PartitionGroup {
  readonly #queues: RecordQueue[] = []
  /** Indexes of the queues in the order in which Java looks at them: the first empty one is waited for before the next. */
  #order: readonly number[] = []
  /** The queue, if there is just one: it need not be compared with others, nor wait for them. */
  #only: RecordQueue | null = null
  readonly #maxTaskIdleMs: number
  readonly #metrics: TaskMetrics
  readonly #heap = new StampedHeap<RecordQueue>()
  /** By index of the queue: known lag, -1 = unknown. */
  readonly #lags: number[] = []
  /** By index of the queue: until when an empty one is waited for, -1 = not waited for. */
  readonly #deadlines: number[] = []
  #notReadySinceMs = -1

  constructor(maxTaskIdleMs: number, metrics: TaskMetrics) {
    this.#maxTaskIdleMs = maxTaskIdleMs
    this.#metrics = metrics
  }

  get queues(): readonly RecordQueue[] {
    return this.#queues
  }

  /** Adds the queue of an input partition. */
  addQueue(queue: RecordQueue): void {
    this.#queues.push(queue)
    this.#only = this.#queues.length === 1 ? queue : null
    this.#lags.push(-1)
    this.#deadlines.push(-1)
    const queues = this.#queues
    this.#order = byHash([...queues.keys()], (index) => hashOf(queues[index]!))
  }

  /** The queue of an input partition. */
  queue(topic: string, partition: number): RecordQueue {
    const found = this.#queues.find((queue) => queue.partition === partition && queue.topic === topic)
    assert(found !== undefined, 'a task is only given records of its input partitions')
    return found
  }

  /** Queues what was fetched. */
  add(queue: RecordQueue, chunk: FetchedChunk): void {
    const hadHead = queue.hasHead
    queue.add(chunk)
    if (!hadHead && queue.hasHead) this.#heap.offer(queue)
  }

  /** How many records of the partition are on the cluster and not fetched yet; `null`: not known. */
  setLag(queue: RecordQueue, lag: number | null): void {
    this.#lags[this.#queues.indexOf(queue)] = lag ?? -1
  }

  /** The queue whose head is to be processed next, or `null` if there is none or it has to wait. Give it back with `done`. */
  take(now: number): RecordQueue | null {
    const only = this.#only
    if (only !== null) return only.hasHead ? only : null
    if (this.#heap.size === 0 || !this.isReady(now)) return null
    return this.#heap.poll()!
  }

  /** The head of `queue`, which `take` gave, is done. */
  done(queue: RecordQueue): void {
    queue.advance()
    // The only queue stays where it is as long as it has records.
    if (this.#only === null) {
      if (queue.hasHead) this.#heap.offer(queue)
    } else if (!queue.hasHead) {
      this.#heap.clear()
    }
  }

  /** Whether the next record may be processed at `now`. */
  isReady(now: number): boolean {
    const queues = this.#queues
    // Every non-empty queue is in the heap.
    if (this.#maxTaskIdleMs < 0 || this.#heap.size === queues.length) {
      // A queue that is empty again is waited for anew.
      if (this.#maxTaskIdleMs > 0) this.#deadlines.fill(-1)
      this.#notReadySinceMs = -1
      return true
    }
    let enforced = false
    for (const index of this.#order) {
      if (queues[index]!.hasHead) {
        this.#deadlines[index] = -1
        continue
      }
      if (this.#lags[index] !== 0) {
        // Not known whether there is data on the cluster, or known that there is.
        this.#deadlines[index] = -1
        return this.#notReady(now)
      }
      if (this.#deadlines[index]! < 0) this.#deadlines[index] = now + this.#maxTaskIdleMs
      if (now < this.#deadlines[index]!) return this.#notReady(now)
      enforced = true
    }
    if (this.#heap.size === 0) return this.#notReady(now)
    if (enforced) this.#metrics.enforcedProcessing++
    this.#notReadySinceMs = -1
    return true
  }

  /** When a wait for an empty input ends; `Infinity` when nothing waits for the clock. */
  nextDeadlineMs(): number {
    if (this.#heap.size === 0) return Infinity
    let next = Infinity
    for (const deadline of this.#deadlines) if (deadline >= 0 && deadline < next) next = deadline
    return next
  }

  /** Which inputs have kept the others waiting for long; `null` if none has. Says it once in two minutes. */
  takeComplaint(now: number): string | null {
    if (this.#notReadySinceMs < 0 || now - this.#notReadySinceMs < NOT_READY_LOG_MS) return null
    this.#notReadySinceMs = now
    const empty = this.#queues.filter((queue) => !queue.hasHead)
    return empty.map((queue) => `${queue.topic}-${queue.partition} (lag ${this.#lagText(queue)})`).join(', ')
  }

  /** Drops the records of one queue, whose partition is read anew. */
  restart(queue: RecordQueue): void {
    queue.clear()
    this.#heap.clear()
    for (const other of this.#queues) if (other.hasHead) this.#heap.offer(other)
    this.setLag(queue, null)
  }

  /** Drops all records. */
  clear(): void {
    this.#heap.clear()
    for (const queue of this.#queues) queue.clear()
    this.#lags.fill(-1)
    this.#deadlines.fill(-1)
    this.#notReadySinceMs = -1
  }

  #notReady(now: number): boolean {
    // Without any record there is nothing that waits.
    if (this.#heap.size === 0) this.#notReadySinceMs = -1
    else if (this.#notReadySinceMs < 0) this.#notReadySinceMs = now
    return false
  }

  #lagText(queue: RecordQueue): string {
    const lag = this.#lags[this.#queues.indexOf(queue)]!
    return lag < 0 ? 'unknown' : String(lag)
  }
}

/** `hashCode` of Java's `TopicPartition`. */
function hashOf({ topic, partition }: RecordQueue): number {
  return (Math.imul(31, 31 + partition) + javaHashCode(topic)) | 0
}
