import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Prng } from '../../src/base/prng.ts'
import { encodeOffsetMetadata } from '../../src/runtime/task/offset-metadata.ts'
import { ProcessorTimes } from '../../src/runtime/task/processor-times.ts'
import { javaSkipReason, resolveClassPath } from '../oracle/maven.ts'

// Goal: a task that goes over to Java, or comes from it, keeps its times. Method: Java's class writes the same bytes, and reads ours.

const program = fileURLToPath(new URL('../oracle/OffsetMetadata.java', import.meta.url))
const CASES = 300

test('the metadata of committed offsets is that of Java, byte for byte', { skip: javaSkipReason() }, () => {
  const prng = new Prng(2026)
  const cases = Array.from({ length: CASES }, (_, index) => {
    const times = new ProcessorTimes()
    const names = Array.from(
      { length: index % 15 },
      () => `${prng.next() < 0.3 ? 'Größe-' : 'KSTREAM-AGGREGATE-'}${Math.floor(prng.next() * 1e6)}`,
    )
    for (const name of names) times.set(name, Math.floor(prng.next() * 2 ** 45))
    const partitionTime = index % 7 === 0 ? -1 : Math.floor(prng.next() * 2 ** 45)
    const inOrder = times.inJavaOrder()
    return {
      partitionTime,
      names: [...inOrder.keys()],
      times: inOrder,
      text: encodeOffsetMetadata({ partitionTime, processorTimes: inOrder }),
    }
  })
  const questions = cases.flatMap(({ partitionTime, names, times, text }) => [
    ['encode', partitionTime, ...[...times].flat()].join(' '),
    ['decode', text, ...names].join(' '),
  ])
  const run = spawnSync('java', ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-cp', resolveClassPath(), program], {
    input: `${questions.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  assert.equal(run.status, 0, run.stderr)
  const expected = cases.flatMap(({ partitionTime, names, times, text }) => [
    text,
    [partitionTime, ...names.map((name) => times.get(name))].join(' '),
  ])
  assert.deepEqual(run.stdout.split('\n').slice(0, -1), expected)
})
