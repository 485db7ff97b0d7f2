import { serdes, sessionWindows, StreamsBuilder, topic } from 'millrace'

/** Clicks that are at most so far apart are one visit, and for how long after it a click may still come. Milliseconds. */
export const GAP = 30 * 60_000
export const GRACE = 5 * 60_000

/** What a visitor did, from the first click to the last. */
export interface Visit {
  readonly clicks: number
  readonly pages: readonly string[]
}

/** Pages by visitor. The timestamps say when they were clicked, which is not the order in which they arrive. */
export const clicks = topic('clicks', { key: serdes.string, value: serdes.string })
/** Each visit, once, when it is over. */
export const finishedVisits = topic('finished-visits', { key: serdes.sessionWindowed(serdes.string), value: serdes.json<Visit>() })

export const builder = new StreamsBuilder()

export const visits = builder
  .stream(clicks)
  .groupByKey()
  .windowedBy(sessionWindows({ inactivityGap: GAP, grace: GRACE }))
  .emitStrategy('on-window-close')
  .aggregate(
    () => ({ clicks: 0, pages: [] }),
    (_visitor, page, visit) => ({ clicks: visit.clicks + 1, pages: [...visit.pages, page].toSorted() }),
    // A click between two visits makes them one.
    (_visitor, earlier, later) => ({ clicks: earlier.clicks + later.clicks, pages: [...earlier.pages, ...later.pages].toSorted() }),
    { value: serdes.json<Visit>(), store: 'visits', retention: '1d' },
  )

visits.toStream().to(finishedVisits)
