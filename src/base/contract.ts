import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { diskContract } from './disk/contract.ts'
import { type Environment, sleep } from './environment.ts'

/** A world to run the contract in: a disk of its own and a way to let time pass. */
export interface EnvironmentUnderTest {
  /** The environment of one more instance on the same disk. */
  instance(): Environment
  /** An absolute directory that does not exist yet. */
  readonly directory: string
  /** Lets time pass until `work` has settled. */
  settle<T>(work: Promise<T>): Promise<T>
  /** Lets about 10 ms pass. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** What every `Environment` promises. Each test opens a world of its own. */
export function environmentContract(name: string, open: () => Promise<EnvironmentUnderTest>): void {
  const check = (title: string, body: (world: EnvironmentUnderTest) => Promise<void>): void => {
    test(title, async () => {
      const world = await open()
      try {
        await body(world)
      } finally {
        await world.close()
      }
    })
  }
  describe(name, () => {
    timeContract(check)
    filesContract(check)
    diskContract(check)
    lifelineContract(check)
  })
}

type Check = (title: string, body: (world: EnvironmentUnderTest) => Promise<void>) => void

function timeContract(check: Check): void {
  check('Clock.now() gives whole milliseconds of a plausible year', async (world) => {
    const { clock } = world.instance()
    assert.ok(Number.isSafeInteger(clock.now()))
    assert.ok(clock.now() > Date.UTC(2020, 0, 1))
  })

  check('Scheduler.after() waits at least its delay on both clocks', async (world) => {
    const { clock, scheduler } = world.instance()
    const wall = clock.now()
    const monotonic = clock.monotonic()
    await world.settle(sleep(scheduler, 3.5))
    assert.ok(clock.monotonic() - monotonic >= 3.5)
    assert.ok(clock.now() - wall >= 3)
  })

  check('Scheduler.after() runs equal delays in the order set, and never before it returns', async (world) => {
    const { scheduler } = world.instance()
    const seen: number[] = []
    await world.settle(
      new Promise<void>((resolve) => {
        scheduler.after(2, () => seen.push(1))
        scheduler.after(2, () => seen.push(2))
        scheduler.after(2, () => {
          seen.push(3)
          resolve()
        })
        seen.push(0)
      }),
    )
    assert.deepEqual(seen, [0, 1, 2, 3])
  })

  check('Timer.cancel() keeps the callback from running, and is harmless afterwards', async (world) => {
    const { scheduler } = world.instance()
    const seen: string[] = []
    const cancelled = scheduler.after(1, () => seen.push('cancelled'))
    const fired = scheduler.after(1, () => seen.push('fired'))
    cancelled.cancel()
    cancelled.cancel()
    await world.idle()
    fired.cancel()
    assert.deepEqual(seen, ['fired'])
  })

  check('Scheduler.soon() runs after the microtasks and in the order set', async (world) => {
    const { scheduler } = world.instance()
    const seen: string[] = []
    await world.settle(
      new Promise<void>((resolve) => {
        scheduler.soon(() => {
          seen.push('first')
          void Promise.resolve()
            .then(() => undefined)
            .then(() => seen.push('its microtask'))
        })
        scheduler.soon(() => {
          seen.push('second')
          resolve()
        })
        void Promise.resolve().then(() => seen.push('microtask'))
      }),
    )
    assert.deepEqual(seen, ['microtask', 'first', 'its microtask', 'second'])
  })

  check('Random gives numbers in [0, 1) and version 4 UUIDs', async (world) => {
    const { random } = world.instance()
    const draws = Array.from({ length: 100 }, () => random.next())
    assert.ok(draws.every((draw) => draw >= 0 && draw < 1))
    assert.ok(new Set(draws).size > 95)
    assert.match(random.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    assert.notEqual(random.uuid(), random.uuid())
  })
}

function filesContract(check: Check): void {
  check('Files.read() gives null for a file that is not there', async (world) => {
    assert.equal(await world.settle(world.instance().files.read(`${world.directory}/none`)), null)
  })

  check('Files.write() makes directories, replaces, and is seen by other instances', async (world) => {
    const { files } = world.instance()
    const path = `${world.directory}/a/b/file`
    await world.settle(files.write(path, Buffer.from('a long first content')))
    await world.settle(files.write(path, Buffer.from('second')))
    assert.equal(String(await world.settle(world.instance().files.read(path))), 'second')
  })

  check('Files.append() makes the file and adds to it', async (world) => {
    const { files } = world.instance()
    const path = `${world.directory}/a/log`
    await world.settle(files.append(path, Buffer.from('one,')))
    await world.settle(files.append(path, Buffer.from('two')))
    assert.equal(String(await world.settle(files.read(path))), 'one,two')
  })

  check('Files.remove() removes a file, a directory, and nothing', async (world) => {
    const { files } = world.instance()
    for (const name of ['one', 'dir/two', 'dir/deep/three', 'dir-not/four']) {
      await world.settle(files.write(`${world.directory}/${name}`, Buffer.from(name)))
    }
    await world.settle(files.remove(`${world.directory}/one`))
    await world.settle(files.remove(`${world.directory}/dir`))
    await world.settle(files.remove(`${world.directory}/never`))
    const left = []
    for (const name of ['one', 'dir/two', 'dir/deep/three', 'dir-not/four']) {
      if ((await world.settle(files.read(`${world.directory}/${name}`))) !== null) left.push(name)
    }
    assert.deepEqual(left, ['dir-not/four'])
  })

  check('Files.lock() is exclusive until release()', async (world) => {
    const first = world.instance()
    const second = world.instance()
    const path = `${world.directory}/state/.lock`
    const held = await world.settle(first.files.lock(path))
    assert.ok(held !== null)
    assert.equal(await world.settle(second.files.lock(path)), null)
    assert.equal(await world.settle(first.files.lock(path)), null)
    await world.settle(held.release())
    await world.settle(held.release())
    const taken = await world.settle(second.files.lock(path))
    assert.ok(taken !== null)
    await world.settle(taken.release())
  })
}

function lifelineContract(check: Check): void {
  check('Lifeline.cut() stops timers, soon callbacks and file promises for ever', async (world) => {
    const { scheduler, files, lifeline } = world.instance()
    const seen: string[] = []
    scheduler.after(1, () => seen.push('timer'))
    scheduler.soon(() => seen.push('soon'))
    void files.read(`${world.directory}/none`).then(() => seen.push('file'))
    lifeline.cut()
    scheduler.after(1, () => seen.push('late timer'))
    scheduler.soon(() => seen.push('late soon'))
    void files.write(`${world.directory}/late`, Buffer.from('x')).then(() => seen.push('late file'))
    await world.idle()
    assert.deepEqual(seen, [])
    assert.equal(await world.settle(world.instance().files.read(`${world.directory}/late`)), null)
  })

  check('Lifeline.cut() frees locks and leaves other instances alone', async (world) => {
    const first = world.instance()
    const second = world.instance()
    const path = `${world.directory}/.lock`
    assert.ok((await world.settle(first.files.lock(path))) !== null)
    first.lifeline.cut()
    const taken = await world.settle(second.files.lock(path))
    assert.ok(taken !== null)
    await world.settle(taken.release())
  })

  check('Lifeline.onCut() calls once, in order, at once when cut, and not after removal', async (world) => {
    const { lifeline } = world.instance()
    const seen: string[] = []
    lifeline.onCut(() => seen.push('a'))
    const remove = lifeline.onCut(() => seen.push('removed'))
    lifeline.onCut(() => seen.push('b'))
    remove()
    assert.equal(lifeline.isCut, false)
    lifeline.cut()
    lifeline.cut()
    assert.equal(lifeline.isCut, true)
    lifeline.onCut(() => seen.push('c'))
    assert.deepEqual(seen, ['a', 'b', 'c'])
  })
}
