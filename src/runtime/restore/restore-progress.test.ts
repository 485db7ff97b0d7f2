import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachListener, RestoreProgress } from './restore-progress.ts'

const at = { store: 's', topic: 'app-s-changelog', partition: 0 }
const other = { ...at, partition: 1 }

test('RestoreProgress writes one line over and over, and another when all is restored', () => {
  const time = { now: 0 }
  let text = ''
  const progress = new RestoreProgress({ write: (more) => void (text += more) }, { now: () => time.now, monotonic: () => time.now })
  const listener = eachListener([progress])
  listener.restoreStart({ ...at, from: 100, to: 200 })
  listener.restoreStart({ ...other, from: 0, to: 100 })
  time.now = 100
  listener.restoreBatch?.({ ...at, offset: 150, count: 40 })
  assert.equal(text.split('\r').length, 2, 'not more often than a few times a second')
  time.now = 1_000
  listener.restoreBatch?.({ ...at, offset: 200, count: 40 })
  assert.equal(text.split('\r').at(-1), 'restoring [==========          ] 50 %, 2 partitions left, 80 records, 80/s ')
  listener.restoreEnd({ ...at, restored: 80 })
  time.now = 2_000
  listener.restoreBatch?.({ ...other, offset: 50, count: 10 })
  assert.equal(text.split('\r').at(-1), 'restoring [===============     ] 75 %, 1 partitions left, 90 records, 45/s ')
  listener.restoreSuspended?.({ ...other, restored: 10 })
  assert.match(text, /restored \[={20}\] 90 records in 2\.0 s +\n$/)
  listener.restoreBatch?.({ ...other, offset: 60, count: 10 })
  assert.match(text, /\n$/, 'what has ended is not shown')
})
