// Work for the tests of workers. No tests here: the thread loads this module.
import { isMainThread } from 'node:worker_threads'
import type { Disk } from '../disk.ts'
import { StoreError } from '../errors.ts'
import type { Work } from './workers.ts'

interface Counting {
  readonly path: string
  readonly to: number
  readonly fails?: 'as damage' | 'as itself' | undefined
}

/** Writes a byte per step, and says at the end how many. */
export function* count({ path, to, fails }: Counting, disk: Disk): Generator<void, number, void> {
  const file = disk.openToWrite(path)
  try {
    for (let step = 0; step < to; step++) {
      file.write(Buffer.of(step))
      yield
    }
    if (fails === 'as damage') throw new StoreError('STORE_CORRUPTED', 'it is damaged')
    if (fails === 'as itself') throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    return to
  } finally {
    file.write(Buffer.from('end'))
    file.close()
  }
}

/** `count` as work. */
export const counting: Work<Counting, number> = { module: import.meta.url, run: count }

/** Ends the thread that it runs in, unless that is the main one. */
export function* endThread(): Generator<void, string, void> {
  if (!isMainThread) process.exit(3)
  yield
  return 'done by the main thread'
}

/** `endThread` as work. */
export const endingThread: Work<null, string> = { module: import.meta.url, run: endThread }
