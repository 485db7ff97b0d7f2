import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

function runBench(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, ['--conditions=ours-src', '--expose-gc', main, ...args], { encoding: 'utf8', timeout: 60_000 })
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

const all = ['record', 'protocol', 'filter-map', 'word-count-path', 'operators', 'state', 'application']

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
})
