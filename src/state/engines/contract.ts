import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crashCases } from './contract-crashes.test.ts'
import { damageCases } from './contract-damage.test.ts'
import { restartCases } from './contract-restarts.test.ts'
import { rowCases } from './contract-rows.test.ts'
import type { EngineCase, EngineUnderTest } from './contract-scene.test.ts'

/** All of them. */
export const engineCases: readonly EngineCase[] = [...rowCases, ...restartCases, ...crashCases, ...damageCases]

/** What every engine must do. `cases`: how many there are for an engine of its capabilities, so that none is left out unseen. */
export function engineContract(name: string, { capabilities, place }: EngineUnderTest, cases: number): void {
  describe(`engine contract: ${name}`, () => {
    const asked = engineCases.filter(({ needs }) => needs.every((capability) => capabilities.has(capability)))
    for (const { title, run } of asked) {
      test(title, async () => {
        const opened = place()
        try {
          await run(opened)
        } finally {
          await opened.dispose()
        }
      })
    }

    test(`${cases} cases apply`, () => assert.equal(asked.length, cases))
  })
}
