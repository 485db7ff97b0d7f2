import assert from 'node:assert/strict'
import { type KStream, type KTable, serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Album {
  readonly title: string
  readonly artistId: number | null
}
interface Artist {
  readonly name: string
}

const albums = topic('albums', { key: serdes.string, value: serdes.json<Album>() })
const artists = topic('artists', { key: serdes.int32, value: serdes.json<Artist>() })
const titles = topic('titles', { key: serdes.string, value: serdes.nullable(serdes.string) })

const builder = new StreamsBuilder()
const albumTable = builder.table(albums)
const artistTable = builder.table(artists)

const joined = albumTable.join(
  artistTable,
  (album) => album.artistId,
  (album, artist) => `${album.title} by ${artist.name}`,
  { store: 'album-titles', value: serdes.string },
)
expectType<KTable<string, string>>()(joined)

const leftJoined = albumTable.leftJoin(
  artistTable,
  (album, key) => album.artistId ?? key.length,
  (album, artist) => ({ title: album.title, artist: artist?.name ?? null }),
)
expectType<KTable<string, { title: string; artist: string | null }>>()(leftJoined)

const stream = joined.toStream()
expectType<KStream<string, string | null>>()(stream) // deletes are possible, and the type says so
stream.to(titles)

// primary-key join of two tables, and outer join whose joiner never sees two nulls
const ratings = builder.table(topic('ratings', { key: serdes.string, value: serdes.float64 }))
const rated = albumTable.join(ratings, (album, stars) => ({ ...album, stars }))
expectType<KTable<string, { stars: number; title: string; artistId: number | null }>>()(rated)
const both = albumTable.outerJoin(ratings, (album, stars) => (album === null ? `? ${stars.toFixed(1)}` : `${album.title} ${stars ?? '-'}`))
expectType<KTable<string, string>>()(both)
albumTable.outerJoin(ratings, (album, stars, key) =>
  album === null ? stars + key.length : stars === null ? 0 : album.title.length + stars,
)

// both keys are strings: the number of functions decides which join it is
const labels = builder.table(topic('labels', { key: serdes.string, value: serdes.json<{ readonly label: string }>() }))
const byTitle = albumTable.join(
  labels,
  (album) => album.title,
  (album, label) => label.label + album.title,
)
expectType<KTable<string, string>>()(byTitle)
const byKey = albumTable.join(labels, (album, label, key) => label.label.length + album.title.length + key.length, { name: 'by-key' })
expectType<KTable<string, number>>()(byKey)

using driver = testDriver(builder)
driver.input(artists).pipe(1, { name: 'Radiohead' })
driver.input(albums).pipe('ok', { title: 'OK Computer', artistId: 1 })
driver.input(albums).pipe('x', { title: 'Unknown', artistId: 2 })
driver.input(artists).pipe(1, { name: 'On a Friday' })
assert.deepEqual(driver.output(titles).readKeyValues(), [
  ['ok', 'OK Computer by Radiohead'],
  ['ok', 'OK Computer by On a Friday'],
])
expectType<string | null>()(driver.store(joined).get('ok'))
assert.equal(driver.store(joined).get('x'), null)
