import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { javaSkipReason } from '../oracle/maven.ts'
import { runJava } from '../oracle/run-java.ts'

const answers = new URL('../oracle/answers/topologies.json', import.meta.url)

test('Topology: the Java library still answers what is recorded', { skip: javaSkipReason() }, () => {
  const live = runJava('DescribeTopologies', 'org.apache.kafka.streams.DescribeTopologies')
  assert.deepEqual(JSON.parse(live), JSON.parse(readFileSync(answers, 'utf8')))
})
