import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { EmbeddedCluster } from '../../src/broker/embedded-cluster.ts'
import { serveQueries } from '../../src/entry/http.ts'
import { KafkaStreams } from '../../src/entry/kafka-streams.ts'
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts'
import { serdes } from '../../src/serdes/serdes.ts'
import { topic } from '../../src/serdes/topic.ts'
import { freePort } from './free-port.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + 30_000
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error('it has not come true within 30 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('serveQueries(): two instances answer for each other over sockets, and programs ask either', async () => {
  await using cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopic('words', { partitions: 4 })
  await using opened = new AsyncDisposableStack()
  const open = async () => {
    const builder = new StreamsBuilder()
    const latest = builder.table(words, { store: 'latest' })
    const port = await freePort()
    const config = { applicationId: 'app', cluster, logger: false, applicationServer: `127.0.0.1:${port}`, commitIntervalMs: 200 } as const
    const streams = opened.use(new KafkaStreams(builder, config))
    const authenticate = ({ headers }: { headers: Readonly<Record<string, string>> }) => headers['authorization'] === 'Bearer us'
    const server = await serveQueries(streams, { authenticate, headers: { authorization: 'Bearer us' } })
    assert.deepEqual([server.host, server.port], ['127.0.0.1', port])
    return { streams, latest, server, url: `http://127.0.0.1:${port}` }
  }
  const a = await open()
  const b = await open()
  const early = await fetch(`${a.url}/v1/stores/latest/get?key="k"`, { headers: { authorization: 'Bearer us' } })
  assert.deepEqual([early.status, early.headers.get('retry-after')], [503, '1'])
  await assert.rejects(a.streams.store(a.latest).get('k'), { code: 'STREAMS_NOT_STARTED' })
  await Promise.all([a.streams.start(), b.streams.start()])
  const keys = Array.from({ length: 50 }, (_, index) => `k${index}`)
  for (const key of keys) {
    const { partition } = await ownerOf(a, key)
    cluster.append('words', partition, [{ key: Buffer.from(key), value: Buffer.from(key.toUpperCase()) }])
  }
  const headers = { authorization: 'Bearer us' }
  for (const { streams, latest, url } of [a, b]) {
    const everywhere = streams.store(latest, { headers, pageSize: 7 })
    await until(async () => (await Array.fromAsync(everywhere.all())).length === keys.length)
    for (const key of keys) assert.equal(await everywhere.get(key), key.toUpperCase())
    assert.equal(await everywhere.get('nobody'), null)
    const answer = await fetch(`${url}/v1/stores/latest/range?limit=1000`, { headers })
    const { rows } = (await answer.json()) as { rows: { key: string }[] }
    assert.deepEqual(rows.map(({ key }) => key).sort(), keys.toSorted())
    const raw = await fetch(`${url}/v1/stores/latest/get?key="k7"`, { headers: { ...headers, accept: 'application/octet-stream' } })
    assert.equal(await raw.text(), 'K7')
  }
  await assert.rejects(
    async () => {
      for (const key of keys) await a.streams.store(a.latest).get(key)
    },
    { code: 'REMOTE_REFUSED' },
  )
  assert.equal((await fetch(`${a.url}/v1/stores`)).status, 401)
  await refusesWhatIsNoGet(a.url)
  await assert.rejects(serveQueries(a.streams, { port: b.server.port }), { code: 'CANNOT_SERVE', message: /EADDRINUSE/ })
  await assert.rejects(serveQueries(a.streams, { port: 0, requestsMax: 0 }), /requestsMax 0/)
  await b.streams.close()
  await assert.rejects(fetch(`${b.url}/v1/stores`), 'it ends with the instance')
  const alone = a.streams.store(a.latest, { headers, timeout: '30s' })
  for (const key of keys) assert.equal(await alone.get(key), key.toUpperCase())
  await a.streams.close()
  await a.server.close()
})

async function ownerOf({ url }: { readonly url: string }, key: string): Promise<{ readonly partition: number }> {
  const answer = await fetch(`${url}/v1/stores/latest/owner?key="${key}"`, { headers: { authorization: 'Bearer us' } })
  assert.equal(answer.status, 200)
  return (await answer.json()) as { readonly partition: number }
}

async function refusesWhatIsNoGet(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const posted = await new Promise<number>((resolve, reject) => {
    const asked = request({ hostname, port, path: '/v1/stores', method: 'POST', headers: { authorization: 'Bearer us' } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.on('error', reject)
    asked.end('a body')
  })
  assert.equal(posted, 400)
  const nonsense = await new Promise<string>((resolve, reject) => {
    let heard = ''
    const socket = connect(Number(port), hostname, () => socket.write('no http at all\r\n\r\n'))
    socket.on('data', (data) => (heard += data.toString()))
    socket.on('close', () => resolve(heard))
    socket.on('error', reject)
  })
  assert.match(nonsense, /^HTTP\/1\.1 400/)
  const longHeader = await fetch(`${url}/v1/stores`, { headers: { 'x-long': 'x'.repeat(200_000) } }).catch(() => ({ status: 0 }))
  assert.ok(longHeader.status === 431 || longHeader.status === 0)
}
