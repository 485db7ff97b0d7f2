import assert from 'node:assert/strict'
import { get, request } from 'node:https'
import { test } from 'node:test'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { EmbeddedCluster } from '../../src/broker/embedded-cluster.ts'
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts'
import { serveQueries } from '../../src/entry/http.ts'
import { KafkaStreams } from '../../src/entry/kafka-streams.ts'
import { serdes } from '../../src/serdes/serdes.ts'
import { topic } from '../../src/serdes/topic.ts'
import { CertificateAuthority } from '../../tools/kafka/certificate-authority.ts'
import { freePort } from './free-port.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const authority = new CertificateAuthority('Millrace')
const others = new CertificateAuthority('somebody else')

/** A certificate for this machine, and whom to trust. */
function certified(by: CertificateAuthority, ca: string = by.cert) {
  return { ...by.issue({ commonName: 'instance', hosts: ['127.0.0.1', 'localhost'] }), ca }
}

interface Answered {
  readonly status: number
  readonly text: string
}

function ask(url: string, tls: { readonly ca: string; readonly cert?: string; readonly key?: string }): Promise<Answered> {
  return new Promise((resolve, reject) => {
    get(url, { ...tls, agent: false }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += String(chunk)))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.on('error', reject)
    }).on('error', reject)
  })
}

test('serveQueries() with tls: instances answer for each other over HTTPS, with certificates on both sides', async () => {
  await using cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopic('words', { partitions: 4 })
  await using opened = new AsyncDisposableStack()
  const open = async (tls: ReturnType<typeof certified>) => {
    const builder = new StreamsBuilder()
    const latest = builder.table(words, { store: 'latest' })
    const port = await freePort()
    const config = { applicationId: 'app', cluster, logger: false, applicationServer: `127.0.0.1:${port}`, commitIntervalMs: 200 } as const
    const streams = opened.use(new KafkaStreams(builder, config))
    const server = opened.use(await serveQueries(streams, { tls: { ...tls, requestCert: true } }))
    assert.equal(server.host, '127.0.0.1')
    return { streams, latest, tls, port, url: `https://127.0.0.1:${port}` }
  }
  const a = await open(certified(authority))
  const b = await open(certified(authority))
  await Promise.all([a.streams.start(), b.streams.start()])
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
  for (const key of keys) {
    const partition = a.streams.metadataForKey(a.latest, key).partition
    cluster.append('words', partition, [{ key: Buffer.from(key), value: Buffer.from(key.toUpperCase()) }])
  }
  for (const { streams, latest, tls, url } of [a, b]) {
    const everywhere = streams.store(latest, { tls, timeout: '20s' })
    for (const key of keys) {
      let found = await everywhere.get(key)
      for (let tries = 0; found === null && tries < 500; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        found = await everywhere.get(key)
      }
      assert.equal(found, key.toUpperCase())
    }
    assert.equal((await Array.fromAsync(everywhere.all())).length, keys.length)
    // A program asks either: what it has not itself it passes on with its own certificate.
    const { status, text } = await ask(`${url}/v1/stores/latest/range?limit=1000`, tls)
    assert.equal(status, 200)
    assert.equal((JSON.parse(text) as { rows: unknown[] }).rows.length, keys.length)
  }
  await refusesStrangers(a.url)
  const remote = keys.find((key) => a.streams.metadataForKey(a.latest, key).activeHost?.port !== Number(new URL(a.url).port))!
  const strangers: readonly [object, RegExp][] = [
    [certified(others), /self-signed certificate|unable to verify/i],
    [{ ca: authority.cert }, /certificate required|ECONNRESET|alert|hang up/i],
    [{ ...certified(others), ca: authority.cert }, /alert|ECONNRESET|unknown ca|hang up/i],
  ]
  const { http } = createRealEnvironment()
  for (const [tls, message] of strangers) {
    const request = { host: '127.0.0.1', port: b.port, path: '/v1/stores', headers: {}, timeoutMs: 20_000, bodyBytesMax: 1_000_000, tls }
    await assert.rejects(http.get(request), { message })
    await assert.rejects(a.streams.store(a.latest, { tls, timeout: 600 }).get(remote), { code: 'QUERY_TIMED_OUT' })
  }
  await assert.rejects(a.streams.store(a.latest, { timeout: 600 }).get(remote), { code: 'QUERY_TIMED_OUT' })
})

async function refusesStrangers(url: string): Promise<void> {
  await assert.rejects(fetch(url.replace('https:', 'http:')), 'nothing is answered that is not encrypted')
  await assert.rejects(ask(`${url}/v1/stores`, { ca: authority.cert }), 'no certificate')
  await assert.rejects(ask(`${url}/v1/stores`, { ...certified(others), ca: authority.cert }), 'a certificate of another authority')
  await assert.rejects(ask(`${url}/v1/stores`, certified(authority, others.cert)), { code: /CERT|SIGNATURE|SELF_SIGNED|UNABLE/ })
  const answer = await new Promise<number>((resolve, reject) => {
    request(`${url}/v1/stores`, { ...certified(authority), agent: false, method: 'POST' }, ({ statusCode }) => resolve(statusCode ?? 0))
      .on('error', reject)
      .end('{}')
  })
  assert.equal(answer, 400)
}

test('serveQueries() refuses a certificate that is none, and a key that is of another', async () => {
  await using cluster = new EmbeddedCluster()
  cluster.createTopic('words', { partitions: 1 })
  const builder = new StreamsBuilder()
  builder.table(words, { store: 'latest' })
  await using streams = new KafkaStreams(builder, { applicationId: 'app', cluster, logger: false })
  const { cert } = certified(authority)
  const { key } = certified(authority)
  await assert.rejects(serveQueries(streams, { tls: { cert, key } }), { code: 'CANNOT_SERVE', message: /key/ })
  await assert.rejects(serveQueries(streams, { tls: { cert: 'none', key } }), { code: 'CANNOT_SERVE' })
  const own = certified(authority)
  await using server = await serveQueries(streams, { tls: { cert: Buffer.from(own.cert), key: own.key } })
  const { status } = await ask(`https://localhost:${server.port}/v1/stores`, { ca: authority.cert })
  assert.equal(status, 200)
})
