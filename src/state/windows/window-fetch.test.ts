import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openState, restoreRecords, textStore } from '../contract.ts'
import { windowFetchOf } from './typed-window-store.ts'
import { windowLayout } from './window-layout.ts'
import type { WindowStore } from './window-store.ts'

const KEYS = ['a', 'ab', 'b', 'c']

interface Step {
  readonly key: number
  readonly time: number
  readonly span: number
  readonly what: 'put' | 'fetch' | 'commit' | 'abort' | 'restore'
}

const someStep = fc.record<Step>({
  key: fc.nat(KEYS.length - 1),
  // Segments are of a minute, retention is three.
  time: fc.oneof(fc.nat(10_000), fc.nat(400_000)),
  span: fc.nat(200_000),
  what: fc.constantFrom('put', 'put', 'put', 'put', 'put', 'fetch', 'fetch', 'commit', 'abort', 'restore'),
})

for (const isExact of [false, true]) {
  for (const retainsDuplicates of [false, true]) {
    const sort = `${isExact ? 'in memory' : 'in segments'}${retainsDuplicates ? ', with duplicates' : ''}`
    test(`WindowFetch walks over what fetch() gives, committed, uncommitted and restored: ${sort}`, () => {
      const definition = textStore('s', {
        kind: 'window',
        window: windowLayout({ sizeMs: 10, retentionMs: 180_000, isExact, retainsDuplicates }),
      })
      const run = (steps: readonly Step[]): void => {
        let opened = openState([definition])
        // What was committed of the changelog: an abort writes it no more.
        let committed = 0
        steps.forEach(({ key: number, time, span, what }, index) => {
          const key = KEYS[number]!
          const { state, changelog } = opened
          const store = state.store('s') as WindowStore<string, string>
          if (what === 'put') store.put(key, `${index}`, time)
          if (what === 'commit') {
            state.apply(new Map([['s', changelog.length - 1]]))
            committed = changelog.length
          }
          if (what === 'abort') {
            state.drop()
            changelog.length = committed
          }
          if (what === 'restore') {
            const next = openState([definition])
            const records = restoreRecords(changelog, 's', 0)
            if (records.length > 0) next.state.restore('s', records, records.length - 1)
            next.changelog.push(...changelog)
            opened = next
            committed = changelog.length
          }
          if (what !== 'fetch') return
          const expected = [...store.fetch(key, time, time + span)]
          const fetch = windowFetchOf<string, string>(store)!
          const walked: (readonly [number, string])[] = []
          fetch.begin(key, time, time + span)
          while (fetch.next()) walked.push([fetch.start, fetch.value()])
          fetch.end()
          assert.deepEqual(walked, expected)
        })
      }
      fc.assert(fc.property(fc.array(someStep, { minLength: 5, maxLength: 120 }), run), { numRuns: 60 })
    })
  }
}
