import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { javaSkipReason } from '../oracle/maven.ts'
import { runJava } from '../oracle/run-java.ts'

const answers = new URL('../oracle/answers/', import.meta.url)

test('windows: the Java library still answers what is recorded', { skip: javaSkipReason() }, () => {
  const live = runJava('Windows', 'org.apache.kafka.streams.Windows', [fileURLToPath(new URL('window-inputs.tsv', answers))])
  assert.deepEqual(JSON.parse(live), JSON.parse(readFileSync(new URL('windows.json', answers), 'utf8')))
})
