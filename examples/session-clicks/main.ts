import { KafkaStreams } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { setTimeout as sleep } from 'node:timers/promises'
import { TIMEOUTS } from '../instance.ts'
import { builder, clicks, finishedVisits, GAP, GRACE, visits } from './topology.ts'

const APPLICATION_ID = 'session-clicks'
const MINUTE = 60_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface Click {
  readonly visitor: string
  readonly page: string
  readonly timestamp: number
}

/**
 * A day of clicks, one every two minutes. Two of seven visitors are there at a time, each for 48 minutes. Each fifth click arrives 20
 * minutes late, which is in time; each eleventh two hours late, which is too late for a visit of its own.
 */
const clicked: readonly Click[] = Array.from({ length: 700 }, (_, index) => {
  const visitor = (Math.floor(index / 12) + (index % 2)) % 7
  const delay = index % 11 === 10 ? 120 * MINUTE : index % 5 === 4 ? 20 * MINUTE : 0
  return { visitor: `visitor-${visitor}`, page: `/page/${index % 13}`, timestamp: Math.max(0, index * 2 * MINUTE - delay) }
})

interface PlainVisit {
  readonly start: number
  readonly end: number
  readonly pages: readonly string[]
}

/** The same with a plain loop: the visits of each visitor, and how many clicks came too late. */
function visitPlainly(): { readonly byVisitor: Map<string, PlainVisit[]>; readonly late: number } {
  const byVisitor = new Map<string, PlainVisit[]>()
  let late = 0
  let streamTime = -1
  for (const { visitor, page, timestamp } of clicked) {
    streamTime = Math.max(streamTime, timestamp)
    const known = byVisitor.get(visitor) ?? []
    const near = known.filter(({ start, end }) => end >= timestamp - GAP && start <= timestamp + GAP)
    const visit = {
      start: Math.min(timestamp, ...near.map(({ start }) => start)),
      end: Math.max(timestamp, ...near.map(({ end }) => end)),
      pages: [...near.flatMap(({ pages }) => pages), page].toSorted(),
    }
    if (visit.end < streamTime - GAP - GRACE) late++
    else byVisitor.set(visitor, [...known.filter((other) => !near.includes(other)), visit])
  }
  return { byVisitor, late }
}

await using cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
// One partition: what is late depends on the order, and the plain loop has but one.
for (const { name } of [clicks, finishedVisits]) cluster.createTopic(name, { partitions: 1 })
cluster.append(
  clicks.name,
  0,
  clicked.map(({ visitor, page, timestamp }) => ({ key: Buffer.from(visitor), value: Buffer.from(page), timestamp })),
)

await using streams = new KafkaStreams(builder, {
  applicationId: APPLICATION_ID,
  cluster,
  processingGuarantee: 'exactly_once_v2',
  logger: false,
})
await streams.start()
while (cluster.lag(APPLICATION_ID) !== 0 || cluster.committedOffset(APPLICATION_ID, clicks.name, 0) !== clicked.length) await sleep(20)

const { byVisitor, late } = visitPlainly()
const store = streams.localStore(visits)
let total = 0
let isSame = true
for (const [visitor, plain] of [...byVisitor].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
  const rows = [...store.fetch(visitor)]
  total += rows.length
  say(`${visitor} ${rows.map(([{ window }, visit]) => `${visit.clicks} in ${(window.end - window.start) / MINUTE} min`).join(', ')}`)
  const expected = plain.toSorted((a, b) => a.end - b.end)
  isSame &&= rows.length === expected.length
  for (const [index, [{ window }, visit]] of rows.entries()) {
    const other = expected[index]
    isSame &&= other?.start === window.start && other.end === window.end && other.pages.join() === visit.pages.join()
  }
}
say(isSame ? `verified: ${total} visits, ${late} late clicks dropped, identical` : 'failed: the visits differ from those of a plain loop')
process.exitCode = isSame ? 0 : 1
