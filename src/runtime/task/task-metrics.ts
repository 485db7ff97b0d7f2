import { TopicCounts } from './topic-counts.ts'

/** What a source node counts. */
export interface SourceCounts {
  readonly node: string
  /** `process-total`: records that the node has forwarded. */
  processed: number
}

/** What a task counts. Plain numbers, bumped in place and read when somebody asks (P§9.4). They outlive roll-backs. */
export class TaskMetrics {
  /** `dropped-records-total`. */
  droppedRecords = 0
  /** `punctuate-total`. */
  punctuations = 0
  /** `enforced-processing-total`: times that the task went on although an input was empty. */
  enforcedProcessing = 0
  /** `record-lateness-max`: how far behind stream time a record was, in milliseconds. */
  latenessMsMax = 0
  /** Sum over all processed records, for `record-lateness-avg`. */
  latenessMsTotal = 0
  /** Dead letters written. */
  deadLetters = 0
  readonly #sources: SourceCounts[] = []
  readonly #consumed: TopicCounts[] = []
  readonly #produced: TopicCounts[] = []

  /** By source node. */
  get sources(): readonly SourceCounts[] {
    return this.#sources
  }

  /** By source node and topic. */
  get consumed(): readonly TopicCounts[] {
    return this.#consumed
  }

  /** By node and topic. Changelogs are not counted. */
  get produced(): readonly TopicCounts[] {
    return this.#produced
  }

  /** `process-total`: records that source nodes have forwarded. */
  get processedRecords(): number {
    let sum = 0
    for (const { processed } of this.#sources) sum += processed
    return sum
  }

  /** The counts of a source node, to be looked up when it is opened. */
  source(node: string): SourceCounts {
    let counts = this.#sources.find((known) => known.node === node)
    if (counts === undefined) this.#sources.push((counts = { node, processed: 0 }))
    return counts
  }

  /** The counts of what a source node reads from `topic`, to be looked up when it is opened. */
  consumedBy(node: string, topic: string): TopicCounts {
    return find(this.#consumed, node, topic)
  }

  /** The counts of what a node writes to `topic`, to be looked up when it is first written to. As in Java, those of changelogs are nobody's. */
  producedBy(node: string, topic: string): TopicCounts {
    return topic.endsWith('-changelog') ? new TopicCounts(node, topic) : find(this.#produced, node, topic)
  }
}

function find(list: TopicCounts[], node: string, topic: string): TopicCounts {
  let counts = list.find((known) => known.node === node && known.topic === topic)
  if (counts === undefined) list.push((counts = new TopicCounts(node, topic)))
  return counts
}
