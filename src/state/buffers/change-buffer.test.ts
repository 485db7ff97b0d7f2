import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Change } from '../../model/change.ts'
import type { RecordContext } from '../../record/record-context.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { openState, type OpenedState, type OpenStateOptions, restoreRecords, textStore, freshEngines } from '../contract.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import type { ChangeBuffer, LeavingChange } from './change-buffer.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const definition = textStore('s', { kind: 'change-buffer' })
const all = { timeMax: Infinity, recordsMax: Infinity, bytesMax: Infinity }

interface OpenedBuffer {
  readonly opened: OpenedState
  readonly buffer: ChangeBuffer
  /** Takes a change at its own time. */
  readonly put: (key: string, newValue: string | null, oldValue: string | null, timestamp: number) => void
  readonly commit: () => void
  /** What leaves, as `key=new<-old@timestamp`. */
  readonly leave: (limits?: Partial<typeof all>) => string[]
}

function open(options: OpenStateOptions = {}): OpenedBuffer {
  const opened = openState([definition], options)
  const buffer = opened.state.store('s') as ChangeBuffer
  return {
    opened,
    buffer,
    put: (key, newValue, oldValue, timestamp) => {
      buffer.put(timestamp, key, new Change(newValue, oldValue), contextAt(timestamp))
    },
    commit: () => {
      opened.state.flushCaches()
      opened.state.apply(new Map([['s', opened.changelog.length - 1]]))
    },
    leave: (limits = {}) => {
      const left: string[] = []
      const emit = ({ key, newValue, oldValue, context }: LeavingChange): void =>
        void left.push(`${String(key)}=${String(newValue)}<-${String(oldValue)}@${context.timestamp}`)
      buffer.evict(
        { ...all, timeMax: limits.recordsMax === undefined && limits.bytesMax === undefined ? Infinity : -Infinity, ...limits },
        emit,
      )
      return left
    },
  }
}

function contextAt(timestamp: number): RecordContext {
  return { topic: 'in', partition: 2, offset: 7, timestamp, headers: recordHeaders([['h', 'x']]) }
}

/** The bytes of `contextAt` with that timestamp. */
function contextBytes(timestamp: number): string {
  return `${int64(timestamp)}${int64(7)}${int32(2)}in${int32(2)}${int32(1)}${int32(1)}h${int32(1)}x`
}

function int32(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes.toString('latin1')
}

function int64(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes.toString('latin1')
}

function sized(value: string | null): string {
  return value === null ? int32(-1) : `${int32(value.length)}${value}`
}

describeOnEngines('ChangeBuffer', () => {
  test('holds one change for each key: the last one, at the time of the first', () => {
    const { buffer, put, leave } = open()
    put('b', '1', null, 10)
    put('a', '1', null, 10)
    put('b', '2', '1', 30)
    put('c', '1', null, 5)
    assert.equal(buffer.recordCount, 3)
    assert.equal(buffer.minTime, 5)
    assert.deepEqual(leave({ timeMax: 9 }), ['c=1<-null@5'])
    assert.deepEqual(leave(), ['a=1<-null@10', 'b=2<-1@30'])
    assert.deepEqual([buffer.recordCount, buffer.byteSize, buffer.minTime], [0, 0, Infinity])
  })

  test('estimates bytes as Java: time, key, values (prior and old once where they are the same), record context', () => {
    const { buffer, put } = open()
    const context = 20 + 'in'.length + 'h'.length + 'x'.length
    put('ab', 'new', 'old', 1)
    assert.equal(buffer.byteSize, 8 + 2 + 6 + context)
    put('ab', 'newer', 'other', 2)
    assert.equal(buffer.byteSize, 8 + 2 + 13 + context)
  })

  test('gives the first changes up while there are more than allowed, or more bytes', () => {
    const { buffer, put, leave } = open()
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) put(key, '1', null, index)
    assert.deepEqual(leave({ recordsMax: 3 }), ['a=1<-null@0'])
    assert.deepEqual(leave({ bytesMax: buffer.byteSize - 1 }), ['b=1<-null@1'])
    assert.deepEqual(leave({ bytesMax: 0 }), ['c=1<-null@2', 'd=1<-null@3'])
  })

  test('knows the value before the first change that is held', () => {
    const { buffer, put, leave } = open()
    put('a', '2', '1', 1)
    put('a', '3', '2', 2)
    put('b', '1', null, 3)
    assert.deepEqual([buffer.has('a'), buffer.priorValueOf('a')], [true, '1'])
    assert.deepEqual([buffer.has('b'), buffer.priorValueOf('b')], [true, null])
    leave()
    assert.equal(buffer.has('a'), false)
  })

  test('writes the keys that were touched to its changelog at the commit, in the bytes of Java', () => {
    const { opened, put, leave, commit } = open()
    put('gone', '1', null, 1)
    leave()
    put('k', '2', '1', 5)
    put('k', '3', '2', 9)
    assert.equal(opened.changelog.length, 0)
    commit()
    const [gone, kept] = opened.changelog
    assert.deepEqual([gone?.key, gone?.value, gone?.headers], ['gone', null, undefined])
    assert.equal(kept?.value, `${contextBytes(9)}${sized('1')}${sized('2')}${sized('3')}${int64(5)}`)
    assert.deepEqual([...(kept?.headers?.last('v') ?? [])], [3])
    commit()
    assert.equal(opened.changelog.length, 2)
    put('same', null, 'x', 6)
    commit()
    assert.equal(opened.changelog[2]?.value, `${contextBytes(6)}${sized('x')}${int32(-2)}${sized(null)}${int64(6)}`)
  })

  test('goes back to what was committed', () => {
    const { opened, buffer, put, leave, commit } = open()
    put('a', '1', null, 1)
    put('b', '1', null, 2)
    buffer.times.operatorTime = 2
    commit()
    put('a', '2', '1', 3)
    put('c', '1', null, 0)
    leave({ timeMax: 1 })
    buffer.times.operatorTime = 3
    opened.state.drop()
    assert.deepEqual([buffer.recordCount, buffer.minTime, buffer.times.operatorTime], [2, 1, 2])
    const before = opened.changelog.length
    commit()
    assert.equal(opened.changelog.length, before)
    assert.deepEqual(leave(), ['a=1<-null@1', 'b=1<-null@2'])
  })

  test('is there again when its task is opened again', () => {
    const engines = freshEngines()
    const first = open({ engines })
    first.put('a', '1', null, 1)
    first.buffer.times.operatorTime = 1
    first.commit()
    first.opened.state.close()
    const second = open({ engines })
    assert.deepEqual([second.buffer.recordCount, second.buffer.minTime, second.buffer.times.operatorTime], [1, 1, 1])
  })

  test('is restored from its changelog: order, priors, sizes, and the time of its operator, however often', () => {
    const first = open()
    first.put('a', '1', null, 10)
    first.put('b', '1', null, 4)
    first.commit()
    first.leave({ timeMax: 4 })
    first.put('a', '2', '1', 12)
    first.put('c', '1', 'x', 7)
    first.commit()
    const second = open()
    for (const from of [0, 2, 1]) second.opened.state.restore('s', restoreRecords(first.opened.changelog, 's', from), 9)
    assert.equal(second.buffer.times.operatorTime, 12)
    assert.deepEqual([second.buffer.recordCount, second.buffer.byteSize], [2, first.buffer.byteSize])
    assert.deepEqual([second.buffer.priorValueOf('a'), second.buffer.priorValueOf('c')], [null, 'x'])
    assert.deepEqual(second.leave(), ['c=1<-x@7', 'a=2<-1@12'])
  })

  test('reads what older versions wrote', () => {
    const restored = (value: string, version: number | null): string[] => {
      const { opened, leave } = open()
      const headers = version === null ? null : recordHeaders([['v', Uint8Array.of(version)]])
      const record: RestoreRecord = { key: Buffer.from('k'), value: Buffer.from(value, 'latin1'), timestamp: 3, headers }
      opened.state.restore('s', [record], 0)
      return leave()
    }
    const values = `${sized('old')}${sized('new')}`
    const wrapped = sized(values)
    assert.deepEqual(restored(`${int64(5)}${values}`, null), ['k=new<-old@3'])
    assert.deepEqual(restored(`${int64(5)}${contextBytes(4)}${wrapped}`, 1), ['k=new<-old@4'])
    assert.deepEqual(restored(`${contextBytes(4)}${wrapped}${sized('prior')}${int64(5)}`, 2), ['k=new<-old@4'])
    const third = `${contextBytes(4)}${sized('prior')}${sized('old')}${sized('new')}${int64(5)}`
    assert.deepEqual(restored(third, 2), ['k=new<-old@4'])
    assert.deepEqual(restored(third, 3), ['k=new<-old@4'])
    assert.throws(() => restored(third, 9), { code: 'BYTES_INVALID' })
    assert.throws(() => restored('too short', 3), { code: 'BYTES_INVALID' })
  })

  test('refuses work when its task is closed', () => {
    const { opened, put } = open()
    opened.state.close()
    assert.throws(() => put('a', '1', null, 1), { code: 'STORE_CLOSED' })
  })

  test('is as a sorted list of changes, across commits, roll-backs and restores', () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(fc.constant('put' as const), fc.constantFrom('', 'a', 'b', 'ab'), fc.nat(9)) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('leave' as const), fc.constant(''), fc.nat(9)) },
      {
        weight: 2,
        arbitrary: fc.tuple(fc.constantFrom('commit' as const, 'drop' as const, 'restore' as const), fc.constant(''), fc.constant(0)),
      },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let tested = open()
        let held = new Map<string, readonly [at: number, value: string]>()
        let committed = new Map(held)
        steps.forEach(([kind, key, time], index) => {
          if (kind === 'put') {
            tested.put(key, `v${index}`, null, time)
            held.set(key, [held.get(key)?.[0] ?? time, `v${index}@${time}`])
          } else if (kind === 'leave') {
            const due = [...held].filter(([, [at]]) => at <= time).toSorted(([k, [at]], [l, [other]]) => at - other || (k < l ? -1 : 1))
            for (const [left] of due) held.delete(left)
            assert.deepEqual(
              tested.leave({ timeMax: time }),
              due.map(([left, [, value]]) => `${left}=${value.replace('@', '<-null@')}`),
            )
          } else if (kind === 'drop') {
            tested.opened.state.drop()
            held = new Map(committed)
          } else {
            tested.commit()
            committed = new Map(held)
            if (kind === 'commit') return
            const { changelog } = tested.opened
            tested = open({ changelog })
            tested.opened.state.restore('s', restoreRecords(changelog, 's', 0), changelog.length - 1)
          }
          assert.equal(tested.buffer.recordCount, held.size)
          assert.equal(tested.buffer.minTime, Math.min(Infinity, ...[...held.values()].map(([at]) => at)))
        })
      }),
      { numRuns: 200 },
    )
  })
})
