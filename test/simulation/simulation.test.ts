import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommand, UsageError } from './command-line.ts'
import { readOriginal } from './load-mutant.ts'
import { mutants, mutate } from './mutants.ts'
import { runSeeds } from './run-seeds.ts'
import { planScenario } from './scenario.ts'
import { simulateSeed } from './simulate-seed.ts'

test('simulateSeed gives the same run for the same seed', async () => {
  for (const seed of [4, 101]) {
    const first: string[] = []
    const second: string[] = []
    const one = await simulateSeed(seed, (line) => first.push(line))
    const other = await simulateSeed(seed, (line) => second.push(line))
    assert.deepEqual(one, other)
    assert.deepEqual(first, second)
    assert.ok(first.length > 0)
  }
})

test('simulateSeed gives another run for another seed', async () => {
  assert.notEqual((await simulateSeed(4)).traceHash, (await simulateSeed(40)).traceHash)
})

test('planScenario takes turns between guarantees, applications, disks and caches', () => {
  const titles = new Set(Array.from({ length: 36 }, (_, seed) => planScenario(seed).title.replace(', optimized', '')))
  assert.equal(titles.size, 36)
})

test('runSeeds ends with how many seeds failed', async () => {
  const lines: string[] = []
  const run = { from: 1, seeds: 2, isVerbose: false, stopsAtFirst: false, print: (line: string) => void lines.push(line) }
  assert.equal(await runSeeds(run), 0)
  assert.equal(lines.at(-1), '2 seeds, 0 failures')
  assert.match(lines.at(-2)!, /^CPU seconds per seed: \d+\.\d{3} on average/)
})

test('readCommand reads what is to be done', () => {
  const seeds = { kind: 'seeds', from: 1, seeds: 100, isVerbose: false, stopsAtFirst: false, mutant: null }
  assert.deepEqual(readCommand([]), seeds)
  assert.deepEqual(readCommand(['--from', '7', '--seeds', '500']), { ...seeds, from: 7, seeds: 500 })
  assert.deepEqual(readCommand(['--seed', '12', '--verbose']), { ...seeds, from: 12, seeds: 1, isVerbose: true })
  assert.deepEqual(readCommand(['--mutant', 'x', '--stop-at-first']), { ...seeds, mutant: 'x', stopsAtFirst: true })
  assert.deepEqual(readCommand(['--mutants']), { kind: 'mutants', seeds: 200 })
  assert.deepEqual(readCommand(['--help', '--from', '7']), { kind: 'help' })
})

test('readCommand refuses what it does not understand', () => {
  assert.throws(() => readCommand(['--form', '1']), UsageError)
  assert.throws(() => readCommand(['--from']), UsageError)
  assert.throws(() => readCommand(['--from', '-1']), UsageError)
  assert.throws(() => readCommand(['--seed', '1', '--seeds', '2']), UsageError)
})

test('mutants fit the sources as they are', () => {
  assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  for (const mutant of mutants) {
    const original = readOriginal(mutant)
    assert.notEqual(mutate(mutant, original), original)
  }
})

test('mutate refuses a text that does not occur exactly once', () => {
  const mutant = { name: 'm', file: 'f', text: 'x', replacement: '$&y' }
  assert.equal(mutate(mutant, 'a x b'), 'a $&y b')
  assert.throws(() => mutate(mutant, 'a'), /occurs 0 times in f/)
  assert.throws(() => mutate(mutant, 'x x'), /occurs 2 times in f/)
})
