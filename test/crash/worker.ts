// A process that works on its stores until somebody kills it: `node worker.ts '<settings as JSON>'`, with a channel to the one who does.
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prng } from '../../src/base/prng.ts'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { outsider, Scene } from '../../src/client/contract-scene.test.ts'
import type { KeyValueStore } from '../../src/state/key-value-store.ts'
import type { ValueAndTimestamp } from '../../src/model/value-and-timestamp.ts'
import type { WindowStore } from '../../src/state/windows/window-store.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import { crashStores, RETENTION_MS, type StoreName, storeNames } from './crash-stores.ts'
import { CrashedState, type CrashedStateParts } from './crashed-state.ts'
import { offsetsFirst } from './offsets-first.ts'
import { openEngines, remembering } from './open-engines.ts'
import type { CrashSettings, Deed, Order, Report } from './reports.ts'

const KEYS = 1_500
const PUTS_MAX = 300
/** The time of windows runs so many times as fast as that on the wall. */
const HASTE = 60
const WINDOW_MS = 10_000

const settings = JSON.parse(process.argv[2]!) as CrashSettings
const isExactlyOnce = settings.guarantee === 'exactly_once_v2'
const random = new Prng(settings.seed)
const environment = createRealEnvironment()
const filler = 'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(100)
let isToClose = false

process.on('message', (order: Order) => {
  if (order === 'close') isToClose = true
})
// Who is killed does not do so at its end.
flushCompileCache()
// Without the one who kills there is nothing to do.
process.on('disconnect', () => process.exit(1))

function report(message: Report): void {
  process.send!(message)
}

async function goOn(): Promise<void> {
  for (;;) {
    const [order] = (await once(process, 'message')) as [Order]
    if (order === 'go-on') return
  }
}

const [host, port] = settings.bootstrapServers.split(':')
const scene = new Scene(
  {
    cluster: { bootstrap: [{ host: host!, port: Number(port) }], transport: (client) => new TcpTransport(client) },
    environment: () => environment,
    settle: (work) => work,
    cut: null,
    faults: null,
    compact: null,
    dispose: () => Promise.resolve(),
  },
  { transactionVersion: 2 },
)
await scene.admin.describeTopics(storeNames.map((name) => `${name}-changelog`))
const producer = isExactlyOnce ? await scene.transactional('crash') : scene.producer()
const { factory, engine } = remembering(await openEngines(settings.engine, settings.folder, environment))
const parts: CrashedStateParts = {
  stores: crashStores('memory'),
  engines: settings.mutant === 'offsets-first' ? offsetsFirst(factory) : factory,
  client: scene.client,
  environment,
  producer,
  isExactlyOnce,
}

let crashed = new CrashedState(parts)
report({ kind: 'opened', stores: crashed.dump() })
await goOn()
const replayed = await crashed.restore()
report({ kind: 'restored', stores: crashed.dump(), replayed })
await goOn()
report({ kind: 'running' })
while (!isToClose) {
  await write()
  await end()
  const atMs = Date.now()
  engine().maintain(performance.now())
  report({ kind: 'maintained', atMs })
  await disturb()
}
crashed.state.close()
factory.close()
await producer.close()
scene.close()
report({ kind: 'closed' })
process.off('message', () => undefined)
process.disconnect()

function count(what: Deed): void {
  report({ kind: 'did', what })
}

/** Some changes of all stores. */
async function write(): Promise<void> {
  const plain = crashed.state.store('plain') as KeyValueStore<string, string>
  const stamped = crashed.state.store('stamped') as KeyValueStore<string, ValueAndTimestamp<string>>
  const puts = 1 + random.below(PUTS_MAX)
  for (let put = 0; put < puts; put++) {
    const nowMs = Date.now()
    crashed.record.timestamp = nowMs
    const key = `k${random.below(KEYS)}`
    const value = random.chance(0.1) ? null : filler.slice(0, random.below(random.chance(0.1) ? filler.length : 200)) + random.uint32()
    const windowMs = (nowMs - settings.epochMs) * HASTE - (random.chance(0.1) ? random.below(2 * RETENTION_MS) : 0)
    const start = Math.max(0, windowMs - (windowMs % WINDOW_MS))
    const chosen: StoreName = random.pick(storeNames)
    if (chosen === 'plain') plain.put(key, value)
    else if (chosen === 'stamped') stamped.put(key, value === null ? null : { value, timestamp: nowMs })
    else (crashed.state.store(chosen) as WindowStore<string, string>).put(key, value, start)
    // Scans share what is written with the overlay; they must not change what is committed.
    if (put % 100 === 50) plain.range(key, null).next()
  }
  if (producer.isFull) await producer.whenWritable()
}

/** Commits, aborts, or closes in the middle. */
async function end(): Promise<void> {
  crashed.state.flushCaches()
  const draw = random.next()
  if (draw < 0.85) {
    count('commits')
    await commit()
    crashed.state.apply(crashed.acknowledged())
  } else if (draw < 0.9 && isExactlyOnce) {
    count('aborts')
    await producer.abortTransaction()
    crashed.state.drop()
  } else if (draw < 0.95) {
    // What was written is there, and comes back.
    count('replays')
    await commit()
    crashed.state.drop()
    await crashed.restore()
  } else {
    count('dirty closes')
    if (isExactlyOnce && random.chance(0.5)) await producer.abortTransaction()
    else await commit()
    await reopen()
  }
}

async function commit(): Promise<void> {
  if (isExactlyOnce) await producer.commitTransaction([], outsider('crash'))
  else await producer.flush()
}

async function reopen(): Promise<void> {
  crashed.state.close()
  crashed = new CrashedState(parts)
  await crashed.restore()
}

/** Now and then something that is not a commit. */
async function disturb(): Promise<void> {
  const draw = random.next()
  if (draw < 0.03) {
    count('clean closes')
    await reopen()
  } else if (draw < 0.05) {
    count('wipes')
    const store = random.pick(storeNames)
    report({ kind: 'wiping', store })
    crashed.state.wipe(store)
    await crashed.restore()
  } else if (draw < 0.1) {
    count('flushes')
    engine().flush()
  } else if (draw < 0.15) await sleep(random.below(20))
}
