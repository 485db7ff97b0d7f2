import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Disk } from '../disk.ts'
import { createLifeline } from '../lifeline.ts'
import { Prng } from '../prng.ts'
import { contentOf, hasCode, write } from './contract.ts'
import { callsThatWrite } from './disk-faults.ts'
import { VirtualDisk } from './virtual-disk.ts'

/** A disk with the empty directory `/d`, which is synced. */
function opened(): { virtual: VirtualDisk; disk: Disk } {
  const virtual = new VirtualDisk()
  const disk = virtual.mount(createLifeline())
  disk.makeDirectory('/d')
  disk.syncDirectory('/')
  return { virtual, disk }
}

/** What is in `/d` after the power was lost, for many draws: each outcome once, sorted. */
function outcomes(prepare: (disk: Disk) => void): string[] {
  const seen = new Set<string>()
  for (let seed = 0; seed < 300; seed++) {
    const { virtual, disk } = opened()
    prepare(disk)
    virtual.losePower(new Prng(seed))
    seen.add(
      disk
        .list('/d')
        .map((name) => `${name}=${contentOf(disk, `/d/${name}`).replaceAll('\0', '0')}`)
        .join(' '),
    )
  }
  return [...seen].toSorted()
}

describe('VirtualDisk', () => {
  test('losePower() keeps what was synced', () => {
    const kept = outcomes((disk) => {
      write(disk, '/d/a', 'abc')
      disk.syncDirectory('/d')
    })
    assert.deepEqual(kept, ['a=abc'])
  })

  test('losePower() may lose the name of a file whose content was synced', () => {
    assert.deepEqual(
      outcomes((disk) => write(disk, '/d/a', 'abc')),
      ['', 'a=abc'],
    )
  })

  test('losePower() leaves of unsynced content nothing, all, a part, or a part with a torn end', () => {
    const seen = outcomes((disk) => {
      const file = disk.openToWrite('/d/a')
      file.write(Buffer.from('ab'))
      file.sync()
      disk.syncDirectory('/d')
      file.write(Buffer.from('cd'))
    })
    assert.deepEqual(seen, ['a=ab', 'a=ab0', 'a=ab00', 'a=abc', 'a=abc0', 'a=abcd'])
  })

  test('losePower() has a rename whole or not at all, and changes of names in their order', () => {
    const seen = outcomes((disk) => {
      write(disk, '/d/a', 'old')
      disk.syncDirectory('/d')
      write(disk, '/d/b', 'new')
      disk.rename('/d/b', '/d/a')
      disk.remove('/d/a')
    })
    assert.deepEqual(seen, ['', 'a=new', 'a=old', 'a=old b=new'])
  })

  test('losePower() takes a directory with all that is in it when its name was not synced', () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 50; seed++) {
      const { virtual, disk } = opened()
      disk.makeDirectory('/d/sub')
      write(disk, '/d/sub/file', 'x')
      disk.syncDirectory('/d/sub')
      virtual.losePower(new Prng(seed))
      seen.add(virtual.paths().join())
    }
    assert.deepEqual([...seen].toSorted(), ['', '/d/sub/file'])
  })

  test('losePower() of one directory leaves others alone', () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 50; seed++) {
      const { virtual, disk } = opened()
      disk.makeDirectory('/e')
      for (const directory of ['/d', '/e']) disk.openToWrite(`${directory}/file`).write(Buffer.from('text'))
      virtual.losePower(new Prng(seed), '/d')
      assert.equal(contentOf(disk, '/e/file'), 'text')
      seen.add(virtual.paths().join())
    }
    assert.ok(seen.has('/e/file'))
  })

  test('crash() keeps what was written to the disk, synced or not', () => {
    const { virtual, disk } = opened()
    disk.openToWrite('/d/a').write(Buffer.from('abc'))
    for (let seed = 0; seed < 20; seed++) virtual.crash({}, new Prng(seed))
    assert.equal(contentOf(disk, '/d/a'), 'abc')
  })

  test('crash() may lose the end of what its holder appended, and of nobody else', () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 100; seed++) {
      const virtual = new VirtualDisk()
      const [holder, other] = [{}, {}]
      virtual.append('/mine', Buffer.from('ab'), holder)
      virtual.append('/other', Buffer.from('ab'), other)
      virtual.crash(holder, new Prng(seed))
      seen.add(String(virtual.read('/mine')))
      assert.equal(String(virtual.read('/other')), 'ab')
    }
    assert.deepEqual([...seen].toSorted(), ['a', 'ab', 'null'])
  })

  test('damage() changes a file beneath those who have it open', () => {
    const { virtual, disk } = opened()
    write(disk, '/d/a', 'abc')
    const file = disk.openToRead('/d/a')!
    virtual.damage('/d/a', (content) => content.fill('x', 1, 2))
    const into = Buffer.alloc(3)
    file.read(into, 0)
    assert.equal(String(into), 'axc')
    assert.throws(() => virtual.damage('/d/none', (content) => content), /no file "\/d\/none"/)
  })
})

describe('DiskFaults', () => {
  test('the n-th write fails when half of it is done, and only that', () => {
    const { virtual, disk } = opened()
    const file = disk.openToWrite('/d/a')
    virtual.faults.add({ calls: ['write'], nth: 2, outcome: 'ENOSPC' })
    file.write(Buffer.from('abcd'))
    assert.throws(() => file.write(Buffer.from('efgh')), hasCode('ENOSPC'))
    file.write(Buffer.from('ijkl'))
    assert.equal(contentOf(disk, '/d/a'), 'abcdefijkl')
  })

  test('a fault may last, be for certain paths, and be taken away', () => {
    const { virtual, disk } = opened()
    const end = virtual.faults.add({
      calls: callsThatWrite,
      where: (path) => path.includes('bad'),
      nth: 1,
      times: Infinity,
      outcome: 'ENOSPC',
    })
    write(disk, '/d/good', 'x')
    assert.throws(() => write(disk, '/d/bad', 'x'), hasCode('ENOSPC'))
    assert.throws(() => disk.makeDirectory('/bad'), hasCode('ENOSPC'))
    end()
    write(disk, '/d/bad', 'y')
    assert.deepEqual(virtual.paths(), ['/d/bad', '/d/good'])
  })

  test('a read fails, or is short', () => {
    const { virtual, disk } = opened()
    write(disk, '/d/a', 'abcd')
    const file = disk.openToRead('/d/a')!
    const into = Buffer.alloc(4, '-')
    virtual.faults.add({ calls: ['read'], nth: 1, outcome: 'EIO' })
    virtual.faults.add({ calls: ['read'], nth: 2, outcome: 'short' })
    assert.throws(() => file.read(into, 0), hasCode('EIO'))
    assert.equal(file.read(into, 0), 2)
    assert.equal(file.read(into, 0), 4)
    assert.equal(virtual.faults.countOf(['read']), 3)
    assert.equal(virtual.faults.countOf(['read', 'openToRead', 'sync']), 5)
  })

  test('cut: the instance dies in the call, and what it writes is torn', () => {
    const virtual = new VirtualDisk()
    const lifeline = createLifeline()
    const disk = virtual.mount(lifeline)
    disk.makeDirectory('/d')
    const file = disk.openToWrite('/d/a')
    virtual.faults.add({ calls: ['write'], nth: 1, outcome: 'cut' })
    assert.throws(() => file.write(Buffer.from('abcd')), hasCode('ECANCELED'))
    assert.equal(lifeline.isCut, true)
    assert.throws(() => disk.list('/d'), hasCode('ECANCELED'))
    virtual.faults.clear()
    assert.equal(contentOf(virtual.mount(createLifeline()), '/d/a'), 'ab')
  })
})
