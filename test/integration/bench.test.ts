import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { drawnIndexes } from '../../bench/engines/drawn-indexes.ts'
import { measuredEngines } from '../../bench/engines/open-engine.ts'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

function runBench(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, ['--conditions=ours-src', '--expose-gc', main, ...args], { encoding: 'utf8', timeout: 180_000 })
}

interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

interface Report {
  readonly machine: { readonly node: string }
  readonly size: string
  readonly rows: readonly {
    readonly benchmark: string
    readonly name: string
    readonly perCpuSecond: Spread
    readonly perSecond: Spread
    readonly cpuNanosecondsPerUnit: number
    readonly runs: number
  }[]
}

const all = ['record', 'protocol', 'filter-map', 'word-count-path', 'operators', 'modes', 'state', 'restore', 'application']

test('npm run bench: every benchmark runs, in smoke size, and gives figures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  try {
    const file = join(folder, 'bench.json')
    const run = runBench('--smoke', '--runs', '2', '--json', file)
    assert.equal(run.status, 0, run.stderr)
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    assert.equal(report.machine.node, process.version)
    assert.equal(report.size, 'smoke')
    assert.deepEqual([...new Set(report.rows.map(({ benchmark }) => benchmark))], all)
    for (const { name, perCpuSecond, perSecond, cpuNanosecondsPerUnit, runs } of report.rows) {
      assert.equal(runs, 2)
      for (const figure of [...Object.values(perCpuSecond), ...Object.values(perSecond), cpuNanosecondsPerUnit]) {
        assert.ok(Number.isFinite(figure) && figure > 0, `${name}: ${figure}`)
      }
      assert.ok(perCpuSecond.min <= perCpuSecond.median && perCpuSecond.median <= perCpuSecond.max, name)
      assert.ok(run.stdout.includes(name), name)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('npm run bench: refuses what it does not know', () => {
  const run = runBench('no-such-benchmark')
  assert.equal(run.status, 2)
  assert.match(run.stderr, /there is no benchmark "no-such-benchmark"/)
  assert.equal(runBench('--runs', '0').status, 2)
  for (const name of ['engines', 'growth', 'budget', 'threads', 'versus']) {
    const { status, stderr } = runBench(name, '--no-such-option')
    assert.equal(status, 2)
    assert.match(stderr, /^bench: Unknown option '--no-such-option'/)
  }
})

test('npm run bench -- threads: one stream thread and two, in smoke size', () => {
  const run = runBench('threads', '--smoke')
  assert.equal(run.status, 0, run.stderr)
  for (const mode of ['json', 'count']) {
    for (const line of [`${mode} +1 threads +[\\d,]+ records/s`, `${mode} +2 threads +[\\d,]+ records/s`, `${mode} +2 over 1 +[\\d.]+`]) {
      assert.match(run.stdout, new RegExp(line))
    }
  }
})

test('npm run bench -- engines: every engine is measured, in smoke size', () => {
  const run = runBench('engines', '--smoke')
  assert.equal(run.status, 0, run.stderr)
  for (const name of [...measuredEngines, 'get, present, uniform', 'put, zipf', 'reopen, ms', 'peak memory']) {
    assert.ok(run.stdout.includes(name), `${name}\n${run.stdout}`)
  }
})

test('npm run bench -- growth: a state grows beyond its memory, in smoke size', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  try {
    const run = runBench('growth', '--smoke', '--svg', join(folder, 'growth.svg'), '--json', join(folder, 'growth.json'))
    assert.equal(run.status, 0, run.stderr)
    assert.match(run.stdout, /state on disk: [\d.]+ times the memory budget\n/)
    assert.match(readFileSync(join(folder, 'growth.svg'), 'utf8'), /^<svg [^]*<polyline points="[\d., ]+" [^]*<\/svg>\n$/)
    const { lines } = JSON.parse(readFileSync(join(folder, 'growth.json'), 'utf8')) as {
      readonly lines: readonly { readonly keys: number }[]
    }
    assert.equal(lines.length, 20)
    assert.ok(lines.at(-1)!.keys >= 2_000)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('npm run bench -- budget: many stores keep to their memory, in smoke size', () => {
  const run = runBench('budget', '--smoke')
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /^lsm, 200 stores, 2,000 keys, budget 512 MiB: peak memory \d+ MiB, at most 914 MiB/)
})

test('drawnIndexes: zipf draws the n-th most frequent key 1/n times as often as the first', () => {
  const count = 200_000
  const times = new Map<number, number>()
  for (const index of drawnIndexes('zipf', 1_000, count)) times.set(index, (times.get(index) ?? 0) + 1)
  const [first, second, , fourth] = [...times.values()].toSorted((left, right) => right - left)
  // The sum of 1/n to n = 1,000 is 7.485; different ranks may meet in one key.
  assert.ok(Math.abs(first! / count - 1 / 7.485) < 0.02, String(first! / count))
  assert.ok(Math.abs(second! / first! - 1 / 2) < 0.1, String(second! / first!))
  assert.ok(Math.abs(fourth! / first! - 1 / 4) < 0.1, String(fourth! / first!))
  const uniform = drawnIndexes('uniform', 10, 10_000)
  assert.deepEqual(
    [...new Set(uniform)].toSorted((left, right) => left - right),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})
