import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { regressionsOf } from '../../bench/versus/check.ts'
import { percentile } from '../../bench/versus/latency/percentile.ts'
import { markdownTable } from '../../bench/versus/markdown-table.ts'
import { modes } from '../../bench/versus/modes.ts'
import type { CpuProfile } from '../../bench/versus/profile/cpu-profile.ts'
import { foldProfiles } from '../../bench/versus/profile/fold-profile.ts'
import { ratioChart } from '../../bench/versus/ratio-chart.ts'
import { Results, type VersusResult } from '../../bench/versus/results.ts'
import type { Side } from '../../bench/versus/sides.ts'
import {
  behindInRate,
  type ModeResults,
  outcomeProblem,
  primarySpread,
  ratioOf,
  reportOf,
  tableOf,
  verdictOf,
} from '../../bench/versus/summary.ts'
import { LastValues } from '../../bench/versus/throughput/last-values.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { javaSkipReason } from '../oracle/maven.ts'

const main = fileURLToPath(new URL('../../bench/main.ts', import.meta.url))

function runBench(...args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, ['--conditions=ours-src', '--expose-gc', main, ...args], { encoding: 'utf8', timeout: 600_000 })
}

async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-versus-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A run of `versus` with one figure. */
function versusResult(mode: string, side: Side, figure: number, outcome = 'the same'): VersusResult {
  return {
    mode,
    side,
    outcome,
    figures: { cpuSecondsPerMillion: figure, recordsPerSecond: 1 / figure },
    repetition: 0,
    factor: 1,
    brokerCpuSeconds: 0,
    machine: '',
    at: '',
  }
}

/** Runs of the first mode with these figures. */
function modeResults(java: readonly number[], millrace: readonly number[], outcome?: string): ModeResults {
  const mode = modes[0]!
  return {
    mode,
    runs: {
      java: java.map((figure) => versusResult(mode.name, 'java', figure)),
      millrace: millrace.map((figure) => versusResult(mode.name, 'millrace', figure, outcome)),
    },
    ceiling: null,
  }
}

test('versus: medians, ratios, spreads, and outcomes that differ', () => {
  const results = modeResults([4, 8, 5], [2, 1, 9])
  assert.equal(ratioOf(results), 5 / 2)
  assert.equal(primarySpread(results, 'java'), 4 / 5)
  assert.equal(outcomeProblem(results), null)
  assert.match(tableOf(results), /cpuSecondsPerMillion +5\.00 \[4\.00\.\.8\.00\] +2\.00 \[1\.00\.\.9\.00\] +2\.50\n/)
  assert.deepEqual(behindInRate([results]), [])
  const behind = modeResults([4, 8, 5], [6], 'another')
  assert.match(outcomeProblem(behind)!, /the outcomes differ: the same \| another/)
  assert.deepEqual(behindInRate([results, behind]), [behind.mode.name])
  assert.equal(verdictOf([results, behind]), '1 of 2 modes ahead of Java')
  assert.equal(ratioOf(modeResults([4], [])), null)
})

test('versus: the report and the table have medians and ratios, the chart a bar on the right side of equality', () => {
  const all = [modeResults([6], [2]), modeResults([1], [2])]
  const [ahead] = reportOf(all)
  assert.equal(ahead!.ratio, 3)
  assert.deepEqual(ahead!.figures.java['cpuSecondsPerMillion'], { median: 6, min: 6, max: 6 })
  const bars = [...ratioChart(all).matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="\d+" fill="(#\w+)"/g)]
  assert.match(markdownTable(reportOf(all)), /\| cpuSecondsPerMillion \| 6\.00 \| 2\.00 \| \*\*3\.00\*\* \| 0\.167 \| 0\.500 \|/)
  const equality = Number(/<line x1="([\d.]+)" [^>]*stroke="#333"/.exec(ratioChart(all))![1])
  assert.deepEqual(
    bars.map(([, x, , fill]) => [Number(x) < equality, fill]),
    [
      [false, '#0b6'],
      [true, '#c33'],
    ],
  )
})

test('check: a ratio that is more than 15 % below the stored one is named', () => {
  const { name } = modes[0]!
  assert.deepEqual(regressionsOf([modeResults([8.6], [1])], { [name]: 10 }), [])
  assert.deepEqual(regressionsOf([modeResults([8.4], [1])], { [name]: 10 }), [`slower: ${name}: ratio to Java 8.40, stored 10.00 (-16 %)`])
  assert.deepEqual(regressionsOf([modeResults([1], [9])], {}), [])
})

test('versus: results outlive the process, and are begun anew unless they are resumed', async () => {
  await inFolder((folder) => {
    const file = join(folder, 'results', 'versus.jsonl')
    new Results(file, false).add(versusResult('restart', 'java', 1))
    const resumed = new Results(file, true)
    resumed.add(versusResult('restart', 'java', 2))
    assert.deepEqual(
      new Results(file, true).of('restart', 'java', 1).map(({ figures }) => figures['cpuSecondsPerMillion']),
      [1, 2],
    )
    assert.deepEqual(new Results(file, true).of('restart', 'java', 0.25), [])
    assert.deepEqual(new Results(file, false).of('restart', 'java', 1), [])
  })
})

test('versus: names of modes are there once, and runs that a mode borrows exist', () => {
  const names = modes.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const { runsOf } of modes) for (const name of Object.values(runsOf ?? {})) assert.ok(names.includes(name), name)
})

test('LastValues: the sum depends on the last number of each key and on nothing else', () => {
  const sumOf = (entries: readonly (readonly [string, number])[]): readonly [number, bigint] => {
    const last = new LastValues()
    for (const [key, value] of entries) last.set(Buffer.from(`<${key}>`), 1, 1 + key.length, value)
    return [last.size, last.sum()]
  }
  const keys = Array.from({ length: 100_000 }, (_, index) => [`k${index}`, index] as const)
  const changed = keys.map(([key, value]) => [key, value === 77 ? 78 : value] as const)
  assert.equal(sumOf(keys)[0], 100_000)
  assert.deepEqual(sumOf([...keys.map(([key]) => [key, 0] as const), ...keys.toReversed()]), sumOf(keys))
  assert.notEqual(sumOf(changed)[1], sumOf(keys)[1])
  assert.notEqual(sumOf(keys.slice(1))[1], sumOf(keys)[1])
})

test('percentile: the smallest figure that the share does not exceed', () => {
  const figures = Float64Array.from({ length: 1_000 }, (_, index) => index + 1)
  assert.deepEqual(
    [0, 0.5, 0.99, 0.999, 1].map((share) => percentile(figures, share)),
    [1, 500, 990, 999, 1_000],
  )
})

test('foldProfiles: time counts for the folder of the function that called what V8 and Node did', () => {
  const frame = (functionName: string, url = ''): CpuProfile['nodes'][number]['callFrame'] => ({
    functionName,
    url,
    lineNumber: 6,
    columnNumber: 0,
  })
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 6] },
      { id: 2, callFrame: frame('(idle)') },
      { id: 3, callFrame: frame('(garbage collector)') },
      { id: 4, callFrame: frame('flush', 'file:///x/src/client/producer.ts'), children: [5] },
      { id: 5, callFrame: frame('utf8Write'), children: [] },
      { id: 6, callFrame: frame('onread', 'node:net') },
    ],
    startTime: 1_000,
    samples: [2, 3, 4, 5, 6, 5],
    timeDeltas: [100, 10, 20, 40, 5, 1_000],
  }
  const { busyUs, layers, functions } = foldProfiles([profile], [1_000, 1_500])
  assert.equal(busyUs, 75)
  assert.deepEqual(Object.fromEntries(layers), { client: 60, '[garbage collection]': 10, '[Node]': 5 })
  assert.deepEqual([...functions.keys()].slice(0, 2), [
    'utf8Write (V8) for flush src/client/producer.ts:7',
    'flush src/client/producer.ts:7',
  ])
})

test('npm run bench -- versus: refuses what it does not know', () => {
  for (const command of ['versus', 'check']) {
    const run = runBench(command, 'no-such-mode')
    assert.equal(run.status, 2)
    assert.match(run.stderr, /there is no mode "no-such-mode"/)
  }
  const peers = runBench('peers', 'no-such-peer')
  assert.equal(peers.status, 2)
  assert.match(peers.stderr, /there is no peer "no-such-peer"/)
})

// What Java and Millrace have written and restored is compared, too: a difference ends it with 1. All modes: npm run test:all.
test(
  'npm run bench -- versus: three modes, both sides give the same, in smoke size',
  { skip: kafkaSkipReason() || javaSkipReason() },
  async () => {
    await inFolder((folder) => {
      const files = ['versus.jsonl', 'report.json', 'chart.svg'].map((name) => join(folder, name))
      const [results, json, svg] = files as [string, string, string]
      const three = ['stateless-alos', 'word-count-persistent-eos', 'restore-persistent']
      const run = runBench('versus', ...three, '--smoke', '--results', results, '--json', json, '--svg', svg)
      assert.equal(run.status, 0, run.stderr + run.stdout)
      assert.match(run.stdout, /\n[0-3] of 3 modes ahead of Java\n$/)
      assert.equal(
        run.stdout.match(/\n {2}fetch alone [\d.]+, codec alone [\d.]+, produce alone [\d.]+ CPU s per million records\n/g)?.length,
        2,
      )
      const lines = readFileSync(results, 'utf8').trimEnd().split('\n')
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as VersusResult).side),
        ['java', 'millrace', 'java', 'millrace', 'java', 'millrace', 'ceiling', 'ceiling'],
      )
      const report = JSON.parse(readFileSync(json, 'utf8')) as readonly { readonly mode: string; readonly ratio: number }[]
      assert.deepEqual(
        report.map(({ mode }) => mode),
        three,
      )
      for (const { ratio } of report) assert.ok(ratio > 0)
      assert.match(readFileSync(svg, 'utf8'), /^<svg [^]*restore-persistent[^]*<\/svg>\n$/)
    })
  },
)
