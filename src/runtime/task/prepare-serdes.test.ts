import assert from 'node:assert/strict'
import test from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import type { SubTopology } from '../../topology/physical-topology.ts'
import { prepareSerdes } from './prepare-serdes.ts'

function registered(prepare: (name: string, isKey: boolean) => Promise<void>): Serde<string> {
  return {
    ...serdes.of({ serialize: (text: string) => Buffer.from(text), deserialize: (bytes) => Buffer.from(bytes).toString() }),
    prepare,
  }
}

function tableOf(serde: Serde<string>): SubTopology {
  const builder = new StreamsBuilder()
  builder
    .table(topic('in', { key: serdes.string, value: serde }), { store: 'latest' })
    .toStream()
    .to('out', { key: serde, value: serdes.nullable(serde) })
  return builder.build().physical().subtopologies[0]!
}

test('prepareSerdes prepares each serde once for every topic and side that it is used for', async () => {
  const prepared: string[] = []
  const serde = registered((name, isKey) => {
    prepared.push(`${isKey ? 'key' : 'value'} ${name}`)
    return Promise.resolve()
  })
  await prepareSerdes(tableOf(serde), 'app')
  assert.deepEqual(prepared.toSorted(), ['key out', 'value app-latest-changelog', 'value in', 'value out'])
})

test('prepareSerdes fails, so that it is tried again, when a serde cannot prepare itself', async () => {
  const serde = registered(() => Promise.reject(new Error('the registry is down')))
  await assert.rejects(prepareSerdes(tableOf(serde), 'app'), (error: unknown) => {
    assert.ok(isMillraceError(error))
    assert.equal(error.code, 'SERDE_UNPREPARED')
    assert.equal(error.retriable, true)
    assert.match(error.message, /the registry is down$/)
    return true
  })
})
