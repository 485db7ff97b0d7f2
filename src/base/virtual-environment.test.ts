import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environmentContract } from './contract.ts'
import { sleep } from './environment.ts'
import { VirtualWorld } from './virtual-environment.ts'

/** Drives the world until `work` has settled. */
async function settle<T>(world: VirtualWorld, work: Promise<T>): Promise<T> {
  let isSettled = false
  const mark = (): void => void (isSettled = true)
  work.then(mark, mark)
  await world.run(() => isSettled)
  return work
}

environmentContract('VirtualWorld', () => {
  const world = new VirtualWorld({ seed: 1 })
  let instances = 0
  return Promise.resolve({
    directory: '/virtual',
    instance: () => world.environment(`instance-${instances++}`),
    settle: (work) => settle(world, work),
    idle: () => world.advance(10),
    close: () => Promise.resolve(),
  })
})

test('VirtualWorld jumps over a day without waiting', async () => {
  const world = new VirtualWorld({ startMs: 1_000 })
  const { scheduler, clock } = world.environment('a')
  await settle(world, sleep(scheduler, 86_400_000))
  assert.equal(clock.now(), 86_401_000)
  assert.equal(clock.monotonic(), 86_400_000)
})

test('VirtualWorld runs chains of microtasks of any depth before the next event', async () => {
  const world = new VirtualWorld()
  const { scheduler } = world.environment('a')
  let depth = 0
  scheduler.soon(() => {
    void (async () => {
      for (let step = 0; step < 1_000; step++) {
        await Promise.resolve()
        if (step % 100 === 0) await new Promise<void>((resolve) => process.nextTick(resolve))
        depth++
      }
    })()
  })
  let seen = -1
  scheduler.soon(() => (seen = depth))
  await world.run(() => seen >= 0)
  assert.equal(seen, 1_000)
})

test('VirtualWorld.advance() runs what is due, chains included, and sets the clock', async () => {
  const world = new VirtualWorld({ startMs: 0 })
  const { scheduler } = world.environment('a')
  const seen: number[] = []
  const tick = (): void => {
    seen.push(world.nowMs)
    scheduler.after(10, tick)
  }
  scheduler.after(10, tick)
  await world.advance(35)
  assert.deepEqual(seen, [10, 20, 30])
  assert.equal(world.nowMs, 35)
  await world.advance(5)
  assert.deepEqual(seen, [10, 20, 30, 40])
})

test('VirtualWorld.run() rejects when nothing is left, at its limits, and with what a callback throws', async () => {
  const world = new VirtualWorld()
  const { scheduler } = world.environment('a')
  await assert.rejects(
    world.run(() => false),
    /nothing is left to happen/,
  )
  const spin = (): void => scheduler.soon(spin)
  spin()
  await assert.rejects(
    world.run(() => false, { maxEvents: 100 }),
    /limit of the run/,
  )
  assert.equal(world.eventCount, 100)
  const other = new VirtualWorld()
  const late = other.environment('b').scheduler
  late.after(100, () => {
    throw new TypeError('thrown by the callback')
  })
  await assert.rejects(
    other.run(() => false, { maxTimeMs: 99 }),
    /limit of the run/,
  )
  await assert.rejects(
    other.run(() => false),
    { name: 'TypeError', message: 'thrown by the callback' },
  )
})

/** The order in which ten equal timers of a world run. */
async function orderOf(seed: number, shuffle: boolean): Promise<string> {
  const world = new VirtualWorld({ seed, shuffle })
  const { scheduler } = world.environment('a')
  let order = ''
  for (let index = 0; index < 10; index++) scheduler.after(5, () => void (order += index))
  await world.advance(5)
  return order
}

test('VirtualWorld orders equal timers by the seed when told to shuffle', async () => {
  assert.equal(await orderOf(1, false), '0123456789')
  const first = await orderOf(1, true)
  assert.equal(await orderOf(1, true), first)
  assert.notEqual(await orderOf(2, true), first)
  assert.equal(first.split('').toSorted().join(''), '0123456789')
})

test('VirtualWorld.onEvent can cut before an event, which then does not happen, and after its microtasks', async () => {
  const seen: string[] = []
  const outcome = async (phase: 'before' | 'after'): Promise<string[]> => {
    const world = new VirtualWorld()
    const victim = world.environment('victim')
    const other = world.environment('other')
    const heard: string[] = []
    victim.scheduler.after(1, () => {
      heard.push('event')
      void Promise.resolve().then(() => heard.push('microtask'))
    })
    victim.scheduler.after(2, () => heard.push('later'))
    other.scheduler.after(3, () => heard.push('other'))
    world.onEvent = (event, at) => {
      seen.push(`${event.environment} ${event.kind} ${at}`)
      if (at === phase && event.environment === 'victim') victim.lifeline.cut()
    }
    await world.advance(5)
    return heard
  }
  assert.deepEqual(await outcome('before'), ['other'])
  assert.deepEqual(seen.splice(0), ['victim timer before', 'other timer before', 'other timer after'])
  assert.deepEqual(await outcome('after'), ['event', 'microtask', 'other'])
  assert.deepEqual(seen, ['victim timer before', 'victim timer after', 'other timer before', 'other timer after'])
})

test('VirtualWorld.suspend() puts off what is due in one environment, in order', async () => {
  const world = new VirtualWorld({ seed: 3, shuffle: true, startMs: 0 })
  const seen: string[] = []
  const note = (name: string, delayMs: number): void => {
    world.environment(name).scheduler.after(delayMs, () => void seen.push(`${name} ${delayMs} at ${world.nowMs}`))
  }
  for (const delayMs of [30, 10, 20, 100, 120]) note('a', delayMs)
  note('b', 20)
  const cancelled = world.environment('a').scheduler.after(40, () => void seen.push('never'))
  world.suspend('a', 100)
  await world.advance(50)
  cancelled.cancel()
  await world.advance(100)
  assert.deepEqual(seen, ['b 20 at 20', 'a 10 at 100', 'a 20 at 100', 'a 30 at 100', 'a 100 at 100', 'a 120 at 120'])
})

test('VirtualWorld keeps written files across a cut and tears appended ones', async () => {
  const lengths = new Set<number>()
  for (let seed = 0; seed < 200; seed++) {
    const world = new VirtualWorld({ seed })
    const victim = world.environment('victim')
    await settle(world, victim.files.write('/disk/log', Buffer.from('whole')))
    await settle(world, victim.files.write('/disk/kept', Buffer.from('kept')))
    await settle(world, victim.files.append('/disk/log', Buffer.from('+tail')))
    victim.lifeline.cut()
    const { files } = world.environment('next')
    assert.equal(String(await settle(world, files.read('/disk/kept'))), 'kept')
    const log = String(await settle(world, files.read('/disk/log')))
    assert.ok('whole+tail'.startsWith(log) && log.length >= 5, log)
    lengths.add(log.length)
  }
  assert.deepEqual(
    [...lengths].toSorted((a, b) => a - b),
    [5, 6, 7, 8, 9, 10],
  )
})

test('VirtualWorld leaves a write that is under way at the cut either done or not done', async () => {
  const contents = new Set<string>()
  for (let seed = 0; seed < 20; seed++) {
    const world = new VirtualWorld({ seed })
    const victim = world.environment('victim')
    await settle(world, victim.files.write('/disk/file', Buffer.from('old')))
    void victim.files.write('/disk/file', Buffer.from('new'))
    victim.lifeline.cut()
    contents.add(String(world.disk.read('/disk/file')))
  }
  assert.deepEqual([...contents].toSorted(), ['new', 'old'])
})

test('VirtualWorld keeps log, output and signals of each instance apart', () => {
  const world = new VirtualWorld({ startMs: 7 })
  const first = world.environment('first')
  const second = world.environment('second')
  const heard: string[] = []
  first.signals.listen('SIGTERM', () => heard.push('first'))
  const stop = second.signals.listen('SIGTERM', () => heard.push('second'))
  first.logger.warn({ partition: 1 }, 'slow')
  first.output.write('text')
  first.raise('SIGTERM')
  second.raise('SIGTERM')
  stop()
  second.raise('SIGTERM')
  assert.deepEqual(heard, ['first', 'second'])
  assert.deepEqual(first.logEntries, [{ level: 'warn', timeMs: 7, fields: { partition: 1 }, message: 'slow' }])
  assert.deepEqual(second.logEntries, [])
  first.lifeline.cut()
  first.output.write('after the cut')
  first.logger.warn({}, 'after the cut')
  assert.equal(first.outputText, 'text')
  assert.equal(first.logEntries.length, 1)
})
