import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../examples/main.ts', import.meta.url))

/** Runs `npm run example` with these arguments. */
function example(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, ['--conditions=ours-src', main, ...args], { encoding: 'utf8', timeout: 120_000 })
}

/** The last line of each example, which compares its result with a plain model. */
const verified: Readonly<Record<string, RegExp>> = {
  'corrected-prices': /verified: 300 orders billed at the price of their time, 117 prices, identical\n$/,
  'enriched-orders': /verified: 2925 orders enriched once, 2925 with the last names of their customers\n$/,
  queries: /verified: 60 customers, 180 hours, the same from both instances, by HTTP, and when one has gone\n$/,
  'session-clicks': /verified: 60 visits, 60 late clicks dropped, identical\n$/,
  'windowed-word-count': /verified: 20 windows, 24 late words dropped, identical\n$/,
  zoo: /verified: 602100 calories in 3000 parcels, 550457 eaten, 51643 wasted, the books balance\n$/,
}

describe('examples', { concurrency: true }, () => {
  for (const [name, lastLine] of Object.entries(verified)) {
    test(`${name} gives what its plain model gives`, () => {
      const { status, stdout, stderr } = example(name)
      assert.match(stdout, lastLine, stderr)
      assert.equal(status, 0)
    })
  }

  test('npm run example lists the examples, and refuses one that does not exist', () => {
    assert.match(example().stdout, /windowed-word-count\n/)
    const { status, stderr } = example('zoos')
    assert.equal(status, 2)
    assert.match(stderr, /There is no example "zoos"; there are .*zoo/)
  })
})
