import {
  type FixedKeyProcessorContext,
  type FixedKeyRecord,
  type KeyValueStore,
  type ProcessingContext,
  type ProcessorContext,
  type StoreHandle,
  StreamRecord,
  type ValueAndTimestamp,
} from 'millrace'
import { type Item, text } from './functions.ts'
import { BoomError } from './options.ts'

// The registry of processors: what java/Processors.java has, under the same names.

type Store = KeyValueStore<Item, Item>
type Stamped = KeyValueStore<Item, ValueAndTimestamp<Item>>
/** The one store of a processor is known to it as `store`. */
type Stores = { readonly store: StoreHandle<Store> }
type Context = ProcessorContext<Item, Item, Stores>
type FixedContext = FixedKeyProcessorContext<Item, Stores>
type Process = (record: StreamRecord<Item, Item>) => void
type FixedProcess = (record: FixedKeyRecord<Item, Item>) => void

function place({ recordMetadata }: ProcessingContext<Stores>): string {
  return recordMetadata === null ? 'nowhere' : `${recordMetadata.topic}-${recordMetadata.partition}@${recordMetadata.offset}`
}

function forwardAll({ stores, forward }: Context, time: number): void {
  const rows = [...stores.store.all()]
  for (const [key, value] of rows) forward(new StreamRecord(key, value, time))
}

function timed(start: (context: Context, tick: (time: number) => void) => void): (context: Context) => Process {
  return (context) => {
    start(context, (time) => context.forward(new StreamRecord<Item, Item>('timer', text(time), time)))
    return (record) => context.forward(record)
  }
}

/** A processor that leaves records without a key alone. */
function keyed(process: (context: Context, record: StreamRecord<Item, Item>) => void): (context: Context) => Process {
  return (context) => (record) => {
    if (record.key !== null) process(context, record)
  }
}

function plain(process: (context: Context, record: StreamRecord<Item, Item>) => void): (context: Context) => Process {
  return (context) => (record) => process(context, record)
}

const withStores = {
  remember: keyed(({ stores: { store }, forward }, record) => {
    const before = store.get(record.key)
    store.put(record.key, record.value)
    forward(record.withValue(`${text(before)}>${text(record.value)}`).withTimestamp(record.timestamp + 1))
  }),
  rememberTimestamped: keyed(({ stores, forward }, record) => {
    const store = stores.store as unknown as Stamped
    const before = store.get(record.key)
    store.put(record.key, record.value === null ? null : { value: record.value, timestamp: record.timestamp })
    forward(record.withValue(before === null ? 'none' : `${text(before.value)}@${before.timestamp}`))
  }),
  firstOnly: keyed(({ stores: { store }, forward }, record) => {
    if (record.value !== null && store.putIfAbsent(record.key, record.value) === null) forward(record)
  }),
  deleteOld: keyed(({ stores: { store }, forward }, record) => {
    const before = store.delete(record.key)
    if (before === null) store.put(record.key, record.value)
    forward(record.withValue(text(before)))
  }),
  scan: keyed((context, record) => {
    context.stores.store.put(record.key, record.value)
    forwardAll(context, record.timestamp)
  }),
  scanTimer: (context: Context): Process => {
    context.schedule(1000, 'wall-clock', (time) => forwardAll(context, time))
    return (record) => {
      if (record.key !== null) context.stores.store.put(record.key, record.value)
    }
  },
  tableLookup: keyed(({ stores: { store }, forward }, record) => {
    forward(record.withValue(`${text(record.value)}/${text(store.get(record.key))}`))
  }),
}

const timers = {
  streamTimer: timed(({ schedule }, tick) => schedule(10, 'stream-time', tick)),
  wallTimer: timed(({ schedule }, tick) => schedule(1000, 'wall-clock', tick)),
  anchoredTimer: timed(({ schedule }, tick) => schedule(10, 'stream-time', tick, { startTime: 25 })),
  cancelledTimer: timed(({ schedule }, tick) => {
    let calls = 0
    const timer = schedule(10, 'stream-time', (time) => {
      tick(time)
      if (++calls === 2) timer.cancel()
    })
  }),
  failingTimer: timed(({ schedule }, tick) => {
    let calls = 0
    schedule(10, 'stream-time', (time) => {
      if (++calls === 2) throw new BoomError()
      tick(time)
    })
  }),
}

/** Processors of `process`, by name. */
export const processors: Readonly<Record<string, (context: Context) => Process>> = {
  ...withStores,
  ...timers,
  forward: plain(({ forward }, record) => forward(record)),
  drop: plain(() => undefined),
  twice: plain(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}1`))
    forward(record.withValue(`${text(record.value)}2`).withTimestamp(record.timestamp + 1))
  }),
  header: plain(({ forward }, record) => {
    record.headers.add('p', text(record.value))
    forward(record)
  }),
  freshHeaders: plain(({ forward }, { key, value, timestamp }) => forward(new StreamRecord(key, value, timestamp))),
  time: plain((context, record) => context.forward(record.withValue(`${context.streamTime}/${context.systemTime}`))),
  place: plain((context, record) => context.forward(record.withValue(place(context)))),
  failOnX: plain(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}!`))
    if (record.value === 'x') throw new BoomError()
  }),
  commit: plain(({ commit, forward }, record) => {
    commit()
    forward(record)
  }),
}

function fixed(process: (context: FixedContext, record: FixedKeyRecord<Item, Item>) => void): (context: FixedContext) => FixedProcess {
  return (context) => (record) => process(context, record)
}

/** Processors of `processValues`, by name. */
export const fixedProcessors: Readonly<Record<string, (context: FixedContext) => FixedProcess>> = {
  forward: fixed(({ forward }, record) => forward(record)),
  drop: fixed(() => undefined),
  twice: fixed(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}1`))
    forward(record.withValue(`${text(record.value)}2`).withTimestamp(record.timestamp + 1))
  }),
  remember: fixed(({ stores: { store }, forward }, record) => {
    if (record.key === null) return
    const before = store.get(record.key)
    store.put(record.key, record.value)
    forward(record.withValue(`${text(before)}>${text(record.value)}`).withTimestamp(record.timestamp + 1))
  }),
  header: fixed(({ forward }, record) => {
    record.headers.add('p', text(record.value))
    forward(record)
  }),
  time: fixed((context, record) => context.forward(record.withValue(`${context.streamTime}/${context.systemTime}`))),
  place: fixed((context, record) => context.forward(record.withValue(place(context)))),
  failOnX: fixed(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}!`))
    if (record.value === 'x') throw new BoomError()
  }),
  countTimer: ({ schedule, stores, forward }) => {
    schedule(10, 'stream-time', (time) => stores.store.put('timer', text(time)))
    return (record) => forward(record)
  },
}
