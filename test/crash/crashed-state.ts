import type { Environment } from '../../src/base/environment.ts'
import { Admin } from '../../src/client/admin.ts'
import type { Client } from '../../src/client/client.ts'
import { Fetcher } from '../../src/client/fetcher.ts'
import type { OutgoingRecord } from '../../src/client/outgoing-record.ts'
import type { Producer } from '../../src/client/producer.ts'
import type { ProducerTarget } from '../../src/client/producer-target.ts'
import { TopicPartitionMap } from '../../src/protocol/topic-partition.ts'
import type { RecordContext } from '../../src/record/record-context.ts'
import { recordHeaders } from '../../src/record/record-headers.ts'
import { ChangelogRecords } from '../../src/runtime/restore/changelog-records.ts'
import type { RestoreTarget } from '../../src/runtime/restore/restore-target.ts'
import { Restorer } from '../../src/runtime/restore/restorer.ts'
import type { ChangelogWriter } from '../../src/state/changelog-writer.ts'
import type { EngineFactory } from '../../src/state/engines/engine.ts'
import type { KeyValueStore } from '../../src/state/key-value-store.ts'
import type { StoreDefinition } from '../../src/state/store-definition.ts'
import { TaskState } from '../../src/state/task-state.ts'
import type { ValueAndTimestamp } from '../../src/model/value-and-timestamp.ts'
import type { ReadOnlyWindowStore } from '../../src/state/windows/window-store.ts'
import { changelogOf, type StoreName, storeNames } from './crash-stores.ts'
import { windowKey } from './folded-log.ts'
import { digestOf, type DumpedRow, type StoreDump } from './store-dump.ts'

/** What a state works with. */
export interface CrashedStateParts {
  readonly stores: readonly StoreDefinition[]
  readonly engines: EngineFactory
  readonly client: Client
  readonly environment: Environment
  readonly producer: Producer
  readonly isExactlyOnce: boolean
}

/** The stores of one task with their changelogs, as the runtime has them, without the runtime. */
export class CrashedState {
  readonly state: TaskState
  /** Of "the current record". */
  readonly record: RecordContext = { topic: 'input', partition: 0, offset: 0, timestamp: 0, headers: recordHeaders() }
  readonly #parts: CrashedStateParts
  readonly #targets: ReadonlyMap<string, ProducerTarget>

  constructor(parts: CrashedStateParts) {
    this.#parts = parts
    this.#targets = new Map(storeNames.map((name) => [name, parts.producer.target(changelogOf(name), 0)]))
    const { clock, logger } = parts.environment
    this.state = new TaskState({
      applicationId: 'crash',
      taskId: '0_0',
      stores: parts.stores,
      engines: parts.engines,
      recordContext: this.record,
      changelogOf: ({ name }) => this.#writerOf(this.#targets.get(name)!),
      expectationOf: () => ({ clusterId: parts.client.metadata.clusterId, topicId: null, deleteRetentionMs: null }),
      cache: null,
      replaysInputs: !parts.isExactlyOnce,
      clock,
      logger,
    })
  }

  /** The offsets of what was acknowledged, after a commit. */
  acknowledged(): ReadonlyMap<string, number> {
    const offsets = new Map<string, number>()
    for (const [name, target] of this.#targets) {
      const offset = this.#parts.producer.acknowledgedOffset(target)
      // A store that wrote nothing keeps the offset that it has, which may be that of a record before this process.
      if (offset > (this.state.storedOffset(name) ?? -1)) offsets.set(name, offset)
    }
    return offsets
  }

  /** Replays the changelogs to their ends; gives how many records of each. */
  async restore(): Promise<Readonly<Record<string, number>>> {
    const { client, environment } = this.#parts
    const replayed: Record<string, number> = {}
    const fetcher = new Fetcher(
      client,
      {
        purpose: 'restore',
        isolation: 'read_committed',
        fetchMaxBytes: 8 * 1024 * 1024,
        partitionMaxBytes: 1024 * 1024,
        minBytes: 1,
        maxWaitMs: 100,
        bufferBytesMax: 32 * 1024 * 1024,
        checkCrcs: true,
      },
      (problem) => restorer.onProblem(problem),
    )
    const restorer: Restorer = new Restorer({
      fetcher,
      admin: new Admin(client),
      clock: environment.clock,
      logger: environment.logger,
      listener: { restoreStart: () => undefined, restoreEnd: ({ store, restored }) => void (replayed[store] = restored) },
      committedOffsets: () => Promise.resolve(new TopicPartitionMap()),
    })
    const target = this.#restoreTarget()
    await restorer.plan(target)
    while (!restorer.isRestored(target)) {
      await fetcher.whenReady()
      restorer.poll()
    }
    await fetcher.close()
    return replayed
  }

  /** All there is in the stores. */
  dump(): readonly StoreDump[] {
    return storeNames.map((store) => ({ store, storedOffset: this.state.storedOffset(store), rows: this.#rowsOf(store) }))
  }

  #rowsOf(store: StoreName): readonly DumpedRow[] {
    if (store === 'plain') {
      return Array.from(this.state.view<KeyValueStore<string, string>>(store).all(), ([key, value]) => [key, digestOf(value)])
    }
    if (store === 'stamped') {
      const rows = this.state.view<KeyValueStore<string, ValueAndTimestamp<string>>>(store).all()
      return Array.from(rows, ([key, { value, timestamp }]) => [key, `${digestOf(value)}@${timestamp}`])
    }
    const windows = this.state.view<ReadOnlyWindowStore<string, string>>(store).fetchAll(0, Infinity)
    const rows = Array.from(windows, ([{ key, window }, value]): DumpedRow => [windowKey(key, window.start), digestOf(value)])
    return rows.toSorted(([left], [right]) => (left < right ? -1 : 1))
  }

  #restoreTarget(): RestoreTarget {
    const changelogs = storeNames.map((store) => ({
      store,
      topic: changelogOf(store),
      partition: 0,
      isSourceTopic: false,
      window: null,
      storedOffset: () => this.state.storedOffset(store),
      restore: (batches: ConstructorParameters<typeof ChangelogRecords>[0], from: number, nextOffset: number) => {
        const records = new ChangelogRecords(batches, from, nextOffset)
        this.state.restore(store, records, nextOffset - 1)
        return records.count
      },
      wipe: (reason: string) => {
        throw new Error(`store "${store}" cannot be continued: ${reason}`)
      },
    }))
    return { taskId: '0_0', changelogs }
  }

  #writerOf(target: ProducerTarget): ChangelogWriter {
    const { producer } = this.#parts
    let bytes = Buffer.alloc(8192)
    return {
      write: (key, value, timestamp, headers) => {
        const length = key.length + (value?.length ?? 0)
        if (length > bytes.length) bytes = Buffer.alloc(length * 2)
        key.buffer.copy(bytes, 0, key.start, key.end)
        value?.buffer.copy(bytes, key.length, value.start, value.end)
        const record: OutgoingRecord = {
          timestamp,
          bytes,
          keyStart: 0,
          keyEnd: key.length,
          valueStart: value === null ? -1 : key.length,
          valueEnd: value === null ? -1 : length,
          headers,
          node: 0,
          sourcePartition: 0,
          sourceOffset: 0,
        }
        producer.append(target, record)
      },
    }
  }
}
