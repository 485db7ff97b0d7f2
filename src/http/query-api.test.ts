import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HttpResponse } from '../base/http/http.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { sessionWindows } from '../model/session-windows.ts'
import { timeWindows } from '../model/time-windows.ts'
import type { RemoteStoreOptions } from '../queries/remote/query-options.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { versionedKeyValueStore } from '../state/store-spec.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import type { TestConfig, TestInstance } from '../testing/test-instance.ts'
import { type Authenticate, QueryApi } from './query-api.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const rates = topic('rates', { key: serdes.string, value: serdes.string })
const PARTITIONS = 4
const limits = { maxTimeMs: 120_000 }

interface SceneOptions {
  readonly names?: readonly string[]
  readonly standbyReplicas?: number
  readonly authenticate?: Authenticate
  readonly requestsMax?: number
  readonly commitIntervalMs?: number
  readonly exactlyOnce?: boolean
}

/** An application with every kind of store, on instances that serve each other. */
class Scene implements AsyncDisposable {
  readonly cluster: TestCluster
  readonly instances: readonly TestInstance[]
  readonly apis: readonly QueryApi[]
  readonly latest
  readonly perWindow
  readonly visits
  readonly history = versionedKeyValueStore('history', { key: serdes.string, value: serdes.string, historyRetention: '1h' })
  readonly global

  constructor(options: SceneOptions = {}) {
    const {
      names = ['a', 'b', 'c'],
      standbyReplicas = 0,
      authenticate,
      requestsMax = 64,
      commitIntervalMs = 500,
      exactlyOnce = false,
    } = options
    this.cluster = new TestCluster({
      seed: 11,
      initialRebalanceDelayMs: 0,
      heartbeatIntervalMs: 200,
      sessionTimeoutMs: 3_000,
      latencyMs: 1,
      standbyReplicas,
    })
    this.cluster.createTopics({ words: PARTITIONS, rates: PARTITIONS })
    const builder = new StreamsBuilder()
    const stream = builder.stream(words)
    this.latest = stream.toTable({ store: 'latest' })
    const grouped = stream.groupByKey()
    this.perWindow = grouped.windowedBy(timeWindows({ size: 100, grace: 10_000 })).count({ store: 'per-window', retention: '1h' })
    this.visits = grouped.windowedBy(sessionWindows({ inactivityGap: 50, grace: 10_000 })).count({ store: 'visits', retention: '1h' })
    builder.table(rates, { store: this.history })
    this.global = builder.globalTable(topic('names', { key: serdes.string, value: serdes.string }), { store: 'names' })
    this.cluster.createTopics({ names: 1 })
    const config = (name: string): TestConfig => ({
      applicationId: 'app',
      groupProtocol: 'streams',
      applicationServer: `${name}:80`,
      commitIntervalMs,
      processingGuarantee: exactlyOnce ? 'exactly_once_v2' : 'at_least_once',
      statestoreCacheMaxBytes: exactlyOnce ? 0 : 10_000,
    })
    this.instances = names.map((name) => this.cluster.start(name, builder, config(name)))
    this.apis = this.instances.map((instance, index) => {
      const { environment, app } = instance
      const parts = {
        app: app.queries,
        router: instance.queries.router,
        logger: environment.logger,
        requestsMax,
        headers: { authorization: 'us' },
      }
      const api = new QueryApi({ ...parts, authenticate: authenticate ?? null })
      this.cluster.world.http.serve({ host: names[index]!, port: 80 }, environment, api.handle)
      return api
    })
  }

  async start(): Promise<this> {
    await this.cluster.run(
      () =>
        this.instances.every(({ state, queries }) => {
          const owned = queries.allMetadata().flatMap(({ topicPartitions }) => topicPartitions.get('words') ?? [])
          return state === 'RUNNING' && owned.length === PARTITIONS
        }),
      limits,
    )
    return this
  }

  /** What becomes of a promise while the cluster is driven. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isOver = false
    const watched = promise.finally(() => (isOver = true))
    watched.catch(() => undefined)
    await this.cluster.run(() => isOver, limits)
    return watched
  }

  async list<T>(rows: AsyncIterable<T>): Promise<T[]> {
    return this.settle(Array.fromAsync(rows))
  }

  /** Asks the first instance. */
  async ask(path: string, headers: Record<string, string> = {}, index = 0): Promise<HttpResponse> {
    return this.settle(this.apis[index]!.handle({ method: 'GET', path, headers, remoteAddress: null }))
  }

  async askJson(path: string, index = 0): Promise<{ status: number; body: Record<string, unknown> }> {
    const { status, body } = await this.ask(path, {}, index)
    return { status, body: JSON.parse(body.toString()) as Record<string, unknown> }
  }

  /** Words of all partitions, and all that is made of them. */
  async fill(count = 40): Promise<readonly string[]> {
    const keys = Array.from({ length: count }, (_, index) => `k${String(index).padStart(3, '0')}`)
    this.cluster.produce(
      words,
      keys.map((key, index) => ({ key, value: key.toUpperCase(), timestamp: 1_000 + (index % 3) * 100 })),
    )
    await this.cluster.run(
      () => this.instances.reduce((sum, each) => sum + each.store(this.latest).approximateNumEntries, 0) === count,
      limits,
    )
    return keys
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]()
  }
}

test('store() asks the instance that has the key, from wherever', async () => {
  await using scene = await new Scene().start()
  const keys = await scene.fill()
  for (const { queries } of scene.instances) {
    const latest = queries.store(scene.latest)
    for (const key of keys) assert.equal(await scene.settle(latest.get(key)), key.toUpperCase())
    assert.equal(await scene.settle(latest.get('nobody')), null)
    const own = [...queries.localStore(scene.latest).all()].length
    assert.ok(own > 0 && own < keys.length, 'each has a part')
  }
  const [first] = scene.instances
  const perWindow = first!.queries.store(scene.perWindow)
  const visits = first!.queries.store(scene.visits)
  for (const key of keys.slice(0, 8)) {
    const start = 1_000 + (keys.indexOf(key) % 3) * 100
    assert.equal(await scene.settle(perWindow.fetch(key, start)), 1)
    assert.equal(await scene.settle(perWindow.fetch(key, new Date(start + 100))), null)
    assert.deepEqual(await scene.list(perWindow.fetchRange(key, 0, new Date(9_000))), [[start, 1]])
    assert.deepEqual(await scene.list(visits.fetch(key)), [[{ key, window: { start, end: start } }, 1]])
    assert.equal(await scene.settle(visits.fetchSession(key, start, start)), 1)
  }
})

test('store() scans all partitions, page after page', async () => {
  await using scene = await new Scene().start()
  const keys = await scene.fill()
  const [first] = scene.instances
  for (const pageSize of [1, 3, 1_000]) {
    const latest = first!.queries.store(scene.latest, { pageSize })
    const all = await scene.list(latest.all())
    assert.deepEqual(all.map(([key]) => key).sort(), keys)
    const some = await scene.list(latest.range('k010', 'k019', { reverse: true }))
    assert.deepEqual(some.map(([key]) => key).sort(), keys.slice(10, 20))
    const windows = await scene.list(first!.queries.store(scene.perWindow, { pageSize }).fetchAll(1_100, 1_200))
    assert.deepEqual(
      windows.map(([{ key }]) => key).sort(),
      keys.filter((_, index) => index % 3 > 0),
    )
    const backward = await scene.list(first!.queries.store(scene.perWindow, { pageSize }).fetchAll(0, Infinity, { reverse: true }))
    assert.equal(backward.length, keys.length)
  }
  assert.throws(() => first!.queries.store(scene.latest, { pageSize: 0 }), { name: 'RangeError', message: /pageSize 0/ })
})

test('store() finds keys by the partitioner of their producers', async () => {
  await using scene = await new Scene().start()
  scene.cluster.produce(words, [{ key: 'here', value: 'X', partition: 3, timestamp: 1 }])
  const last = (): number => 3
  for (const { queries } of scene.instances) {
    const latest = queries.store(scene.latest, { partitioner: last })
    let found: string | null = null
    await scene.cluster.run(() => {
      void latest.get('here').then((value) => (found = value))
      return found !== null
    }, limits)
    assert.equal(found, 'X')
    assert.equal(queries.metadataForKey(scene.latest, 'here', { partitioner: last }).partition, 3)
  }
  await assert.rejects(scene.settle(scene.instances[0]!.queries.store(scene.latest, { partitioner: () => 4 }).get('here')), {
    code: 'PARTITION_UNCLEAR',
  })
})

test('store() reads versions and global stores', async () => {
  await using scene = await new Scene().start()
  scene.cluster.produce(rates, [
    { key: 'eur', value: '1.0', timestamp: 1_000 },
    { key: 'eur', value: '1.1', timestamp: 2_000 },
  ])
  scene.cluster.produce(topic('names', { key: serdes.string, value: serdes.string }), [{ key: 'eur', value: 'Euro' }])
  for (const { queries } of scene.instances) {
    const history = queries.store(scene.history)
    await scene.cluster.run(
      () => scene.instances.some(({ queries: any }) => any.metadataForKey(scene.history, 'eur').partition >= 0),
      limits,
    )
    await scene.cluster.advance(1_000)
    assert.deepEqual(await scene.settle(history.get('eur')), { value: '1.1', timestamp: 2_000, validTo: null })
    assert.deepEqual(await scene.settle(history.get('eur', { asOf: 1_500 })), { value: '1.0', timestamp: 1_000, validTo: 2_000 })
    assert.equal(await scene.settle(queries.store(scene.global).get('eur')), 'Euro')
    assert.deepEqual(await scene.list(queries.store(scene.global).all()), [['eur', 'Euro']])
  }
})

test('store() follows a store whose instance was killed', async () => {
  await using scene = await new Scene().start()
  const keys = await scene.fill()
  const [first, , last] = scene.instances
  const latest = first!.queries.store(scene.latest, { timeout: '30s' })
  const moved = keys.filter((key) => first!.queries.metadataForKey(scene.latest, key).activeHost?.host === 'c')
  assert.ok(moved.length > 0)
  await scene.cluster.advance(2_000)
  last!.kill()
  const answers = await scene.settle(Promise.all(moved.map((key) => latest.get(key))))
  for (const [index, answer] of answers.entries()) assert.equal(answer, moved[index]!.toUpperCase())
  assert.notEqual(first!.queries.metadataForKey(scene.latest, moved[0]!).activeHost?.host, 'c')
})

test('store() says who did not answer when the time is up, and ends when it is aborted', async () => {
  await using scene = await new Scene().start()
  const keys = await scene.fill()
  const [first, , last] = scene.instances
  const latest = first!.queries.store(scene.latest, { timeout: 1_000 })
  const key = keys.find((each) => first!.queries.metadataForKey(scene.latest, each).activeHost?.host === 'c')!
  last!.kill()
  await assert.rejects(scene.settle(latest.get(key)), { code: 'QUERY_TIMED_OUT', message: /c:80 gave no answer: nobody listens there/ })
  const aborting = new AbortController()
  const answer = latest.get(key, { signal: aborting.signal, timeout: '1h' })
  aborting.abort(new Error('enough'))
  await assert.rejects(scene.settle(answer), /enough/)
})

test('store() reads from standbys that are not too far behind, if it may', async () => {
  await using scene = await new Scene({ names: ['a', 'b'], standbyReplicas: 1 }).start()
  const keys = await scene.fill()
  const [first, second] = scene.instances
  const standbys = (instance: TestInstance): number =>
    instance.app.queries.stores('latest').filter(({ state }) => state === 'standby').length
  await scene.cluster.run(() => standbys(first!) === 2 && standbys(second!) === 2, limits)
  await scene.cluster.advance(3_000)
  const key = keys.find((each) => first!.queries.metadataForKey(scene.latest, each).activeHost?.host === 'b')!
  assert.deepEqual(first!.queries.metadataForKey(scene.latest, key).standbyHosts, [{ host: 'a', port: 80 }])
  const standby = await scene.ask(
    `/v1/stores/latest/get?key="${key}"&local=true&partition=${first!.queries.metadataForKey(scene.latest, key).partition}&stale=true`,
  )
  assert.equal(standby.status, 200)
  second!.kill()
  const options: RemoteStoreOptions = { timeout: 1_000 }
  await assert.rejects(scene.settle(first!.queries.store(scene.latest, options).get(key)), { code: 'QUERY_TIMED_OUT' })
  assert.equal(await scene.settle(first!.queries.store(scene.latest, { ...options, stale: true }).get(key)), key.toUpperCase())
  assert.equal(await scene.settle(first!.queries.store(scene.latest, { ...options, maxLag: 0 }).get(key)), key.toUpperCase())
})

test('store() does not read from a standby that is further behind than it may be', async () => {
  await using scene = await new Scene({ names: ['a', 'b'], standbyReplicas: 1, commitIntervalMs: 5_000, exactlyOnce: true }).start()
  const keys = await scene.fill()
  const [first, second] = scene.instances
  await scene.cluster.advance(10_000)
  const key = keys.find((each) => first!.queries.metadataForKey(scene.latest, each).activeHost?.host === 'b')!
  scene.cluster.produce(words, [{ key, value: 'newer', timestamp: 2_000 }])
  await scene.cluster.run(() => second!.queries.localStore(scene.latest).get(key) === 'newer', limits)
  await scene.cluster.advance(200)
  // Its transaction stays open: nobody may read what it wrote to the changelog.
  second!.kill()
  const ask = (maxLag: number) => scene.settle(first!.queries.store(scene.latest, { timeout: 1_000, maxLag }).get(key))
  await assert.rejects(ask(0), { code: 'QUERY_TIMED_OUT', message: /[1-9]\d* records behind its changelog, at most 0 are allowed/ })
  assert.equal(await ask(100), key.toUpperCase())
  const path = `/v1/stores/latest/get?key="${key}"&local=true&maxLag=0&partition=${first!.queries.metadataForKey(scene.latest, key).partition}`
  const behind = await scene.ask(path)
  assert.deepEqual([behind.status, /STORE_BEHIND/.test(behind.body.toString())], [503, true])
})

test('store() says that no instance is known where none has an applicationServer', async () => {
  await using cluster = new TestCluster({ seed: 4, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopics({ words: 2 })
  const builder = new StreamsBuilder()
  const latest = builder.table(words, { store: 'latest' })
  const instances = ['a', 'b'].map((name) => cluster.start(name, builder, { applicationId: 'app' }))
  await cluster.run(() => instances.every(({ app }) => app.stores('latest').length === 1), limits)
  const answers = ['k1', 'k2', 'k3', 'k4'].map((key) => instances[0]!.queries.store(latest, { timeout: 500 }).get(key))
  let settled: PromiseSettledResult<string | null>[] | null = null
  void Promise.allSettled(answers).then((all) => (settled = all))
  await cluster.run(() => settled !== null, limits)
  const codes = settled!.map((answer) => (answer.status === 'fulfilled' ? answer.value : (answer.reason as { code: string }).code))
  assert.deepEqual(new Set(codes), new Set([null, 'OWNER_UNKNOWN']), 'what is here is found, what is elsewhere is not')
})

test('QueryApi answers in JSON, in bytes, and tells where a key is', async () => {
  await using scene = await new Scene().start()
  const keys = await scene.fill()
  for (const key of keys.slice(0, 6)) {
    const { status, body } = await scene.askJson(`/v1/stores/latest/get?key=${encodeURIComponent(JSON.stringify(key))}`)
    assert.deepEqual([status, body['key'], body['value']], [200, key, key.toUpperCase()])
    assert.equal(typeof body['timestamp'], 'number')
    const base64 = Buffer.from(key).toString('base64url')
    const raw = await scene.ask(`/v1/stores/latest/get?keyBase64=${base64}`, { accept: 'application/octet-stream' })
    assert.deepEqual([raw.body.toString(), raw.headers['millrace-timestamp']], [key.toUpperCase(), String(body['timestamp'])])
    const owner = await scene.askJson(`/v1/stores/latest/owner?key="${key}"`)
    const where = scene.instances[0]!.queries.metadataForKey(scene.latest, key)
    assert.deepEqual(owner.body, { partition: where.partition, activeHost: where.activeHost, standbyHosts: [] })
  }
  const windows = await scene.askJson('/v1/stores/per-window/windows?key="k001"')
  assert.deepEqual(windows.body['rows'], [{ key: 'k001', value: 1, timestamp: 1_100, window: { start: 1_100, end: 1_200 } }])
  const window = await scene.askJson('/v1/stores/per-window/window?key="k001"&start=1970-01-01T00:00:01.100Z')
  assert.equal(window.body['value'], 1)
  const sessions = await scene.askJson('/v1/stores/visits/sessions?key="k001"')
  assert.deepEqual(sessions.body['rows'], [{ key: 'k001', value: 1, window: { start: 1_100, end: 1_100 } }])
  assert.equal((await scene.askJson('/v1/stores/visits/session?key="k001"&start=1100&end=1100')).body['value'], 1)
  const stores = await scene.askJson('/v1/stores')
  assert.deepEqual(
    [stores.body['state'], (stores.body['stores'] as { name: string }[]).map(({ name }) => name)],
    ['RUNNING', ['latest', 'per-window', 'visits', 'history', 'names']],
  )
  const instances = await scene.askJson('/v1/instances')
  assert.deepEqual(
    (instances.body['instances'] as { hostInfo: unknown }[]).map(({ hostInfo }) => hostInfo),
    ['a', 'b', 'c'].map((host) => ({ host, port: 80 })),
  )
  const one = await scene.askJson('/v1/stores/latest')
  assert.deepEqual([one.body['kind'], one.body['partitions']], ['key-value', PARTITIONS])
  const lags = await scene.askJson('/v1/lags')
  assert.ok(
    Object.values((lags.body['stores'] as Record<string, Record<string, { lag: number }>>)['latest']!).every(({ lag }) => lag === 0),
  )
})

test('QueryApi pages through a range: every row once, whatever the limit, also of this instance alone', async () => {
  await using scene = await new Scene().start()
  const keys = await scene.fill()
  for (const limit of [1, 7, 40, 10_000]) {
    for (const query of ['', '&reverse=true', '&local=true']) {
      const seen: string[] = []
      let next: string | null = null
      do {
        const { status, body } = await scene.askJson(
          `/v1/stores/latest/range?limit=${limit}${query}${next === null ? '' : `&next=${next}`}`,
        )
        assert.equal(status, 200)
        const rows = body['rows'] as { key: string }[]
        assert.ok(rows.length <= limit)
        seen.push(...rows.map(({ key }) => key))
        next = body['next'] as string | null
      } while (next !== null)
      const expected =
        query === '&local=true' ? Array.from(scene.instances[0]!.queries.localStore(scene.latest).all(), ([key]) => key) : keys
      assert.deepEqual(seen.sort(), [...expected].sort())
    }
  }
})

test('QueryApi refuses what it does not have, and says why', async () => {
  await using scene = await new Scene({ names: ['a'] }).start()
  const refusals: readonly (readonly [path: string, status: number, message: RegExp, code?: string])[] = [
    ['/', 400, /there is no \/; there are \/v1\/stores/, 'REQUEST_INVALID'],
    ['/v2/stores', 400, /there is no \/v2\/stores/],
    ['/v1/stores/latest/get/more', 400, /there is no/],
    ['/v1/stores/%', 400, /a % that no character follows/],
    ['/v1/stores/other/get?key="k"', 404, /topology does not have it, it has "latest"/],
    ['/v1/stores/latest/drop', 400, /there is no "drop"/],
    ['/v1/stores/latest/get', 400, /"key" is missing/],
    ['/v1/stores/latest/get?key=k', 400, /is no JSON: k; a text is written with quotes/],
    ['/v1/stores/latest/get?key=null', 400, /a key is required/],
    ['/v1/stores/latest/get?key=7', 400, /key serde of the store does not take 7/],
    ['/v1/stores/latest/get?keyBase64=*', 400, /no base64/],
    ['/v1/stores/latest/get?key="k"&keyBase64=aw', 400, /both "key" and "keyBase64"/],
    ['/v1/stores/latest/get?key="k"&key="l"', 400, /given twice/],
    ['/v1/stores/latest/get?key="k"&limti=5', 400, /"limti" is not known here, known are asOf, isolation, key/],
    ['/v1/stores/latest/range?limit=0', 400, /whole number from 1 to 10000/],
    ['/v1/stores/latest/range?limit=1e9', 400, /whole number/],
    ['/v1/stores/latest/range?next=7', 400, /"next" is none that an answer had/],
    ['/v1/stores/latest/range?next=0.YQ', 400, /"next" is none that an answer had/],
    ['/v1/stores/latest/range?reverse=yes', 400, /required is false or true/],
    ['/v1/stores/latest/windows', 400, /is of the kind "key-value", required is window/, 'QUERY_UNFIT'],
    ['/v1/stores/per-window/window?key="k"', 400, /"start" is missing/],
    ['/v1/stores/per-window/window?key="k"&start=tomorrow', 400, /milliseconds since 1970/],
    ['/v1/stores/latest/get?key="nobody"', 404, /has no such row/, 'ROW_NOT_FOUND'],
    ['/v1/stores/latest/get?key="k"&local=true&partition=9', 421, /partition 9 is not on this instance/, 'STORE_PARTITION'],
    [`/v1/stores/latest/get?key="${'k'.repeat(17_000)}"`, 400, /longer than 16384/],
    [`/v1/stores/latest/range?${Array.from({ length: 40 }, (_, index) => `p${index}=1`).join('&')}`, 400, /more than 32 parameters/],
    [`/v1/${'x'.repeat(70_000)}`, 400, /longer than 65536/],
  ]
  for (const [path, status, message, code] of refusals) {
    const answer = await scene.askJson(path)
    const error = answer.body['error'] as { code: string; message: string; remedy: string }
    assert.deepEqual([path.slice(0, 60), answer.status], [path.slice(0, 60), status], error.message)
    assert.match(error.message, message)
    if (code !== undefined) assert.equal(error.code, code)
    assert.ok(error.remedy.length > 0)
  }
  const wrongType = await scene.ask('/v1/stores/latest/range', { accept: 'application/octet-stream' })
  assert.equal(wrongType.status, 400)
  const html = await scene.ask('/v1/stores', { accept: 'text/html' })
  assert.equal(html.status, 200)
  const unacceptable = await scene.ask('/v1/stores/latest/range', { accept: 'text/html' })
  assert.match(unacceptable.body.toString(), /the header Accept is \\"text\/html\\"/)
  const posted = await scene.settle(scene.apis[0]!.handle({ method: 'POST', path: '/v1/stores', headers: {}, remoteAddress: null }))
  assert.match(posted.body.toString(), /the method is POST/)
})

test('QueryApi asks authenticate first, and tells nobody why a query failed', async () => {
  const asked: (string | undefined)[] = []
  const authenticate: Authenticate = async ({ headers, path }) => {
    asked.push(headers['authorization'])
    if (path.includes('boom')) throw new Error('the secret of the house')
    return Promise.resolve(headers['authorization'] === 'us')
  }
  await using scene = await new Scene({ authenticate }).start()
  const keys = await scene.fill()
  const refused = await scene.ask('/v1/anything')
  assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer'])
  const boom = await scene.ask('/v1/boom')
  assert.deepEqual([boom.status, boom.body.toString().includes('secret')], [500, false])
  assert.match(boom.body.toString(), /QUERY_FAILED/)
  assert.ok(scene.instances[0]!.environment.logEntries.some(({ message }) => message === 'a query over HTTP failed'))
  const [first] = scene.instances
  const far = keys.find((key) => first!.queries.metadataForKey(scene.latest, key).activeHost?.host === 'b')!
  await assert.rejects(scene.settle(first!.queries.store(scene.latest).get(far)), {
    code: 'REMOTE_REFUSED',
    message: /b:80 did not answer \(401 UNAUTHENTICATED\)/,
  })
  const headers = { authorization: 'us' }
  assert.equal(await scene.settle(first!.queries.store(scene.latest, { headers }).get(far)), far.toUpperCase())
  assert.equal(
    await scene.settle(first!.queries.store(scene.latest, { headers: async () => Promise.resolve(headers) }).get(far)),
    far.toUpperCase(),
  )
  assert.equal((await scene.ask(`/v1/stores/latest/get?key="${far}"`, headers)).status, 200, 'it passes credentials on')
})

test('QueryApi answers so many requests at once and no more', async () => {
  await using scene = await new Scene({ requestsMax: 2 }).start()
  await scene.fill()
  const all = Array.from({ length: 4 }, () => scene.apis[0]!.handle({ method: 'GET', path: '/v1/lags', headers: {}, remoteAddress: null }))
  const answers = await scene.settle(Promise.all(all))
  assert.deepEqual(
    answers.map(({ status }) => status).sort((a, b) => a - b),
    [200, 200, 503, 503],
  )
  const refused = answers.find(({ status }) => status === 503)!
  assert.equal(refused.headers['retry-after'], '1')
  assert.match(refused.body.toString(), /TOO_BUSY/)
  assert.equal((await scene.ask('/v1/lags')).status, 200)
})

test('QueryApi with isolation=read_committed sees what is committed alone', async () => {
  await using scene = await new Scene({ commitIntervalMs: 5_000 }).start()
  await scene.cluster.advance(10_000)
  const [key] = await scene.fill(1)
  const path = `/v1/stores/latest/get?key="${key}"`
  assert.equal((await scene.ask(path)).status, 200)
  assert.equal((await scene.ask(`${path}&isolation=read_committed`)).status, 404)
  await scene.cluster.advance(10_000)
  assert.equal((await scene.ask(`${path}&isolation=read_committed`)).status, 200)
})
