import { VirtualWorld } from '../src/base/virtual-environment.ts'
import { recordHeaders } from '../src/record/record-headers.ts'
import type { RecordContext } from '../src/record/record-context.ts'
import type { Serde } from '../src/serdes/serde.ts'
import { serdes } from '../src/serdes/serdes.ts'
import { memoryEngines } from '../src/state/engines/memory/memory-engine.ts'
import type { KeyValueStore } from '../src/state/key-value-store.ts'
import type { StoreDefinition } from '../src/state/store-definition.ts'
import { TaskState } from '../src/state/task-state.ts'
import { keyedValues, type Pair } from './input.ts'
import type { Benchmark } from './measure.ts'

const SCANNED_ROWS = 100
const ROWS_PER_COMMIT = 20_000

/** `state`: the memory engine below overlay and typed store, with 100,000 keys of 8 bytes and values of 100; no changelog, no cache. */
export const state: Benchmark = {
  name: 'state',
  title: 'memory engine, overlay and typed store; 8-byte keys of 100,000, 100-byte values, no cache, no changelog',
  open(size) {
    const count = size === 'smoke' ? 200 : 200_000
    const pairs = keyedValues(count, 100)
    const { task, store } = openStore()
    putAll(task, store, pairs)
    const some = pairs.slice(0, Math.ceil(count / 10))
    return [
      { name: 'put and commit', unit: 'rows', run: () => putAll(task, store, some) },
      { name: 'get, committed rows', unit: 'rows', run: () => getAll(store, some) },
      {
        name: 'get and put, uncommitted',
        unit: 'rows',
        prepare: () => task.drop(),
        run: () => {
          for (const { key, value } of some) {
            store.get(key!)
            store.put(key!, value)
          }
          return some.length
        },
        finish: () => task.drop(),
      },
      { name: 'range of 100 rows', unit: 'rows', run: () => scanSome(store, some) },
    ]
  },
}

type Store = KeyValueStore<string, string>

function openStore(): { readonly task: TaskState; readonly store: Store } {
  const { clock, logger } = new VirtualWorld().environment('bench')
  const recordContext: RecordContext = { topic: 'input', partition: 0, offset: 0, timestamp: 1, headers: recordHeaders() }
  const definition: StoreDefinition = {
    name: 'store',
    kind: 'key-value',
    format: 'timestamped',
    key: serdes.string as Serde<unknown>,
    value: serdes.string as Serde<unknown>,
    caching: false,
    changelog: null,
    supplier: 'persistent',
    engine: 'memory',
  }
  const task = new TaskState({
    applicationId: 'bench',
    taskId: '0_0',
    stores: [definition],
    engines: memoryEngines,
    recordContext,
    changelogOf: () => null,
    expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
    cache: null,
    clock,
    logger,
  })
  return { task, store: task.store('store') as Store }
}

function putAll(task: TaskState, store: Store, pairs: readonly Pair[]): number {
  for (let start = 0; start < pairs.length; start += ROWS_PER_COMMIT) {
    for (const { key, value } of pairs.slice(start, start + ROWS_PER_COMMIT)) store.put(key!, value)
    task.apply(new Map())
  }
  return pairs.length
}

function getAll(store: Store, pairs: readonly Pair[]): number {
  let found = 0
  for (const { key } of pairs) if (store.get(key!) !== null) found++
  return found
}

function scanSome(store: Store, pairs: readonly Pair[]): number {
  let rows = 0
  for (let index = 0; index < pairs.length; index += SCANNED_ROWS) {
    let left = SCANNED_ROWS
    for (const _row of store.range(pairs[index]!.key!, null)) {
      rows++
      if (--left === 0) break
    }
  }
  return rows
}
