import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { javaSkipReason } from '../oracle/maven.ts'
import { runJava } from '../oracle/run-java.ts'

test('queries: the Java library still answers what is recorded', { skip: javaSkipReason() }, () => {
  const recorded: unknown = JSON.parse(readFileSync(new URL('../oracle/answers/queries.json', import.meta.url), 'utf8'))
  assert.deepEqual(JSON.parse(runJava('Queries', 'Queries')), recorded)
})
