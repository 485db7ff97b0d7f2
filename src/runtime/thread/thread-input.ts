import { assert } from '../../base/assert.ts'
import { TaskError } from '../../base/errors.ts'
import type { FetchProblem } from '../../client/fetcher.ts'
import type { FailedBatch } from '../../client/producer.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import { ThreadCache } from '../../state/thread-cache.ts'
import { fullTopicName, type OffsetReset, type PhysicalTopology, type SubTopology } from '../../topology/physical-topology.ts'
import { answerFailedBatch } from '../task/failed-batch.ts'
import { prepareSerdes } from '../task/prepare-serdes.ts'
import { sourceOf } from '../task/open-topology.ts'
import { OutgoingScratch } from '../task/task-scope.ts'
import { openTask, type OpenTaskParts } from './open-task.ts'
import { positionAfterCut, resetPositions, startPositions } from './start-positions.ts'
import { inputsNow, taskInputs, topicsToOpen } from './task-inputs.ts'
import { TaskSet } from './task-set.ts'
import type { ThreadClients } from './thread-clients.ts'
import type { ThreadParts } from './thread-parts.ts'
import type { ThreadTask } from './thread-task.ts'

/** The tasks of a thread and what is read for them. */
export class ThreadInput {
  readonly tasks: TaskSet
  readonly #clients: ThreadClients
  readonly #parts: ThreadParts
  readonly #taskParts: OpenTaskParts
  readonly #problems: FetchProblem[] = []
  /** Source topics of sub-topologies of which the thread has had tasks. */
  readonly #watched = new Set<string>()
  readonly #stopListening: () => void
  readonly #cache: ThreadCache | null
  /** Topics may have changed. */
  #hasNews = false
  /** The topology, with what patterns match, that the inputs were compared with. */
  #seen: PhysicalTopology | null = null

  constructor(clients: ThreadClients, parts: ThreadParts, wake: () => void) {
    this.#clients = clients
    this.#parts = parts
    this.#cache = parts.config.cacheBytesMax > 0 ? new ThreadCache(parts.config.cacheBytesMax) : null
    this.#taskParts = {
      thread: parts,
      collector: clients.collector,
      scratch: new OutgoingScratch(),
      cache: this.#cache,
    }
    clients.onInputProblem = (problem) => void this.#problems.push(problem)
    clients.onFailedBatch = (failure) => this.#answerFailedBatch(failure)
    clients.taskOffsets = () => [...this.tasks.offsetSums(), ...parts.keptTasks()]
    this.#stopListening = parts.client.metadata.onUpdate(() => {
      this.#hasNews = true
      wake()
    })
    this.tasks = new TaskSet({
      environment: parts.environment,
      fetcher: clients.fetcher,
      restorer: clients.restorer,
      taskTimeoutMs: parts.config.thread.taskTimeoutMs,
      retryBackoffMs: parts.config.client.retryBackoffMs,
      inputsOf: (id) => this.#inputsOf(id),
      createTask: (id, inputs, damage) => openTask(id, inputs, this.#taskParts, damage),
      fetchCommitted: (partitions) => clients.fetchCommitted(partitions),
      startPositions: (partitions, committed) => startPositions(partitions, committed, this.#resetParts()),
      takeTask: parts.worker?.takeTask,
      tookTask: parts.worker?.tookTask,
      wake,
    })
  }

  /** Gives what has arrived to the tasks. Whether anything has. Throws what the fetcher could not settle. */
  async take(): Promise<boolean> {
    for (const problem of this.#problems.splice(0)) await this.#settle(problem)
    const chunks = this.#clients.fetcher.poll()
    for (const chunk of chunks) {
      const task = this.tasks.ofInput(chunk.topic, chunk.partition)
      if (task === undefined) chunk.release()
      else task.add(chunk)
    }
    for (const task of this.tasks.running) for (const input of task.inputs) task.setLag(input, this.#clients.fetcher.lag(input))
    return chunks.length > 0
  }

  /** Stops reading for queues that are full, and goes on for those that have room. */
  balance(): void {
    for (const task of this.tasks.running) {
      const { pause, resume } = task.takePauses()
      for (const input of pause) this.#clients.fetcher.pause(input)
      for (const input of resume) this.#clients.fetcher.resume(input)
      task.compact()
    }
  }

  /**
   * The active tasks whose inputs are others than those that they read, because topics have come, gone or grown: once what they did is
   * committed, `tasks.reread` makes them read them.
   */
  changedTasks(): readonly ThreadTask[] {
    const { topology } = this.#clients.sources
    if (!this.#hasNews && topology === this.#seen) return []
    this.#hasNews = false
    this.#seen = topology
    const { client, config } = this.#parts
    const countOf = (topic: string): number | undefined => client.metadata.topic(topic)?.partitions.length
    return this.tasks.tellInputs((task) =>
      inputsNow(task, this.#subtopology(task.id.subtopology), { countOf, applicationId: config.applicationId }),
    )
  }

  /** Looks soon whether topics have changed: the leader of the group may have seen it first. */
  lookAgain(): void {
    const { client, environment } = this.#parts
    client.metadata.invalidate()
    this.#clients.sources
      .refresh()
      .catch((error: unknown) => environment.logger.warn({ err: error }, 'the topics that patterns match are looked for later'))
  }

  /** Changes what the caches may hold, right after a commit: nothing in them waits to be flushed. */
  resizeCache(bytesMax: number): void {
    this.#cache?.resize(bytesMax)
  }

  close(): void {
    this.#stopListening()
    for (const topic of this.#watched) this.#parts.client.metadata.unwatch(topic)
  }

  #answerFailedBatch(failure: FailedBatch): 'fail' | 'skip' | 'retry' {
    const { collector } = this.#clients
    const answer = answerFailedBatch(failure, {
      handlers: this.#parts.config.handlers,
      logger: this.#parts.environment.logger,
      originOf: (number) => collector.origin(number),
      onDropped: (origin) => this.#taskOf(origin.taskId)?.noteDropped(),
      writeDeadLetter: (letter, origin) => this.#taskOf(origin.taskId)?.writeDeadLetter(letter, origin.node),
    })
    // The time for trying is over: as in Java the thread goes back to its last commit and processes again, within taskTimeoutMs.
    return answer === 'retry' && failure.error.code === 'DELIVERY_TIMEOUT' ? 'fail' : answer
  }

  /** A position that is not valid any more is reset as its topic says; what else the fetcher cannot settle ends the thread. */
  async #settle(problem: FetchProblem): Promise<void> {
    const { topic, partition, kind } = problem
    const task = this.tasks.ofInput(topic, partition)
    if (task === undefined) return
    const input = { topic, partition }
    if (kind === 'truncated') {
      const cut = positionAfterCut(problem)
      this.#parts.environment.logger.warn(
        { topic, partition, offset: problem.offset, cut },
        'the log was cut below the position, going on at the cut',
      )
      this.#clients.fetcher.seek(input, cut)
      return
    }
    if (kind !== 'out-of-range' && kind !== 'recreated') {
      throw new TaskError(
        'INPUT_FAILED',
        `Cannot read "${topic}" partition ${partition} at offset ${problem.offset}: ${problem.error.message}`,
        {
          cause: problem.error,
          topic,
          partition,
          offset: problem.offset,
        },
      )
    }
    const parts = this.#resetParts()
    const positions = await resetPositions([input], parts.resetOf(topic), parts)
    const position = positions.get(topic, partition) ?? 0
    this.#parts.environment.logger.warn(
      { topic, partition, offset: problem.offset, position },
      kind === 'recreated'
        ? 'the topic was deleted and made anew, it is read as its offset reset says'
        : 'the position does not exist any more, it was reset',
    )
    if (kind === 'recreated') {
      task.restartInput(input, position)
      this.#clients.fetcher.resume(input)
    }
    this.#clients.fetcher.seek(input, position)
  }

  async #inputsOf({ subtopology, partition }: TaskId): Promise<readonly TopicPartition[]> {
    const { applicationId } = this.#parts.config
    // The leader may have matched topics that were not there when this member joined.
    await this.#clients.sources.refresh()
    const found = this.#subtopology(subtopology)
    await prepareSerdes(found, applicationId)
    this.#watch(found)
    const known = await this.#parts.client.metadata.fetchTopics(topicsToOpen(found, applicationId))
    return taskInputs(found, partition, known, applicationId)
  }

  /** Topics that patterns match are watched as long as they match. */
  #watch({ sources }: SubTopology): void {
    const { client, config } = this.#parts
    const named = sources.filter(({ pattern }) => pattern === null).flatMap(({ topics }) => topics)
    for (const topic of named.map((ref) => fullTopicName(ref, config.applicationId))) {
      if (this.#watched.has(topic)) continue
      this.#watched.add(topic)
      client.metadata.watch(topic)
    }
  }

  #resetParts(): Parameters<typeof resetPositions>[2] {
    const { config, topology, environment } = this.#parts
    const resetOf = (topic: string): OffsetReset => {
      for (const subtopology of topology.subtopologies) {
        const source = sourceOf(subtopology, topic, config.applicationId)
        // A repartition topic is read from its start: nobody else has read it.
        if (source?.topics.some((ref) => ref.internal && fullTopicName(ref, config.applicationId) === topic) === true) return 'earliest'
        if (source !== undefined) return source.offsetReset ?? config.autoOffsetReset
      }
      return config.autoOffsetReset
    }
    return { admin: this.#clients.admin, clock: environment.clock, isolation: config.fetch.isolation, resetOf }
  }

  #subtopology(id: number): SubTopology {
    const found = this.#clients.sources.topology.subtopologies.find((subtopology) => subtopology.id === id)
    assert(found !== undefined, 'the group coordinator only assigns tasks of sub-topologies that this topology has')
    return found
  }

  #taskOf(taskId: string): ThreadTask | undefined {
    return this.tasks.running.find((task) => task.taskId === taskId)
  }
}
