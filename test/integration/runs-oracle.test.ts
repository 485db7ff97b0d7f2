import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { javaSkipReason } from '../oracle/maven.ts'
import { runJava } from '../oracle/run-java.ts'

const answers = new URL('../oracle/answers/', import.meta.url)

test("StreamsBuilder: the Java library's test driver still writes what is recorded", { skip: javaSkipReason() }, () => {
  const live = runJava('RunTopologies', 'RunTopologies', [fileURLToPath(new URL('run-inputs.tsv', answers))])
  assert.deepEqual(JSON.parse(live), JSON.parse(readFileSync(new URL('runs.json', answers), 'utf8')))
})
