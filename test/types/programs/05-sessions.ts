import type { EmbeddedCluster } from 'millrace/broker'
import {
  type Entries,
  KafkaStreams,
  type KStream,
  serdes,
  type SessionKTable,
  sessionStore,
  sessionWindows,
  StreamsBuilder,
  topic,
  type Windowed,
} from 'millrace'
import { expectType } from './expect.ts'

interface Click {
  readonly user: string
  readonly page: string
}
interface Visit {
  readonly pages: readonly string[]
  readonly clicks: number
}

const clicks = topic('clicks', { key: serdes.string, value: serdes.json<Click>() })
const visits = topic('visits', { key: serdes.sessionWindowed(serdes.string), value: serdes.nullable(serdes.json<Visit>()) })
const finished = topic('finished-visits', { key: serdes.sessionWindowed(serdes.string), value: serdes.json<Visit>() })

const builder = new StreamsBuilder()
const windowed = builder
  .stream(clicks)
  .groupByKey()
  .windowedBy(sessionWindows({ inactivityGap: '30m', grace: '5m' }))

const sessions = windowed.aggregate(
  () => ({ pages: [], clicks: 0 }),
  (_user, click, visit) => ({ pages: [...visit.pages, click.page], clicks: visit.clicks + 1 }),
  (_user, a, b) => ({ pages: [...a.pages, ...b.pages], clicks: a.clicks + b.clicks }),
  { store: 'visits', value: serdes.json<Visit>() },
)
expectType<SessionKTable<string, Visit>>()(sessions)
// Merged sessions are deleted: the serde of the topic must be nullable.
sessions.toStream().to(visits)

const final = windowed.emitStrategy('on-window-close').aggregate(
  () => ({ pages: [], clicks: 0 }),
  (_user, click, visit) => ({ pages: [...visit.pages, click.page], clicks: visit.clicks + 1 }),
  (_user, a, b) => ({ pages: [...a.pages, ...b.pages], clicks: a.clicks + b.clicks }),
  { value: serdes.json<Visit>() },
)
const finalStream = final.toStream()
expectType<SessionKTable<string, Visit, never>>()(final)
// A session that is closed is not deleted: none is needed.
finalStream.to(finished)
expectType<KStream<string, number>>()(
  finalStream.map((session, visit) => [session.key, visit.clicks], { key: serdes.string, value: serdes.int64 }),
)

/** Described stores, for tables and for processors of their own. */
const counted = sessionStore('counted', { key: serdes.string, value: serdes.int64, retention: '1d' })
expectType<SessionKTable<string, number>>()(windowed.count({ store: counted }))
const seen = sessionStore('seen', { key: serdes.string, value: serdes.string, retention: '1h' })
builder.stream(clicks).process(
  ({ stores }) =>
    ({ key, value, timestamp }) => {
      stores.seen.put({ key, window: { start: timestamp, end: timestamp } }, value.page)
      for (const [session, page] of stores.seen.findSessions(key, timestamp - 60_000, timestamp)) {
        expectType<Windowed<string>>()(session)
        expectType<string>()(page)
      }
    },
  { stores: { seen } },
)

const together = builder
  .stream(clicks)
  .groupByKey()
  .cogroup((_user, _click, count: number) => count + 1, { value: serdes.int64 })
  .windowedBy(sessionWindows({ inactivityGap: '30m', grace: 0 }))
  .aggregate(
    () => 0,
    (_user, a, b) => a + b,
  )
expectType<SessionKTable<string, number>>()(together)

/** How the sessions of a user are read. */
export async function visitsOf(user: string, cluster: EmbeddedCluster): Promise<readonly Visit[]> {
  await using streams = new KafkaStreams(builder, { applicationId: 'visits', cluster })
  await streams.start()
  const found = streams.localStore(sessions).fetch(user)
  expectType<Entries<Windowed<string>, Visit>>()(found)
  return Array.from(found, ([, visit]) => visit)
}
