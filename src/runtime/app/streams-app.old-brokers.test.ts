import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError, type MillraceError } from '../../base/errors.ts'
import type { StreamsConfig } from '../../config/streams-config.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { Api } from '../../protocol/messages.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { AppScene } from './app-scene.test.ts'

const text = { key: serdes.string, value: serdes.string }

/** What ends an application that copies records from topic to topic. */
async function failureOf(api: Api, offered: ApiVersionRange | undefined, config: Partial<StreamsConfig>): Promise<Error> {
  using scene = new AppScene({ transactionVersion: 1 })
  scene.cluster.createTopic('in')
  scene.cluster.createTopic('out')
  scene.cluster.append('in', 0, [{ key: Buffer.from('k'), value: Buffer.from('v') }])
  const builder = new StreamsBuilder()
  builder.stream(topic('in', text)).to(topic('out', text))
  const { failure } = scene.start(builder, config, { versions: { [api]: offered } })
  await scene.run(() => failure() !== null)
  return failure()!
}

const tooOld = 'it is too old, Apache Kafka 3.6 or later is required, with groupProtocol "streams" 4.2'

for (const [api, offered, config, expected] of [
  // Before KIP-447: the offsets of a transaction do not tell who commits.
  [
    'TxnOffsetCommit',
    { min: 0, max: 2 },
    { processingGuarantee: 'exactly_once_v2' },
    `version 3 to 4: the broker has versions 0 to 2; ${tooOld}`,
  ],
  // Before KIP-447: offsets of a transaction that is not decided are given out as if they were.
  ['OffsetFetch', { min: 0, max: 6 }, {}, `version 8 to 9: the broker has versions 0 to 6; ${tooOld}`],
  [
    'InitProducerId',
    { min: 0, max: 2 },
    { processingGuarantee: 'exactly_once_v2' },
    `version 3 to 5: the broker has versions 0 to 2; ${tooOld}`,
  ],
  ['Produce', { min: 0, max: 7 }, {}, `version 8 to 12: the broker has versions 0 to 7; ${tooOld}`],
  ['JoinGroup', { min: 0, max: 4 }, { groupProtocol: 'classic' }, `version 5 to 9: the broker has versions 0 to 4; ${tooOld}`],
  ['StreamsGroupHeartbeat', undefined, { groupProtocol: 'streams' }, `version 0 to 1: the broker does not have it; ${tooOld}`],
  ['Fetch', { min: 90, max: 91 }, {}, 'version 12 to 17: the broker has versions 90 to 91; it is too new, use a later release of Millrace'],
] as const) {
  test(`StreamsApp says which release it needs where ${api} of the brokers does not do`, async () => {
    const failure = await failureOf(api, offered, config)
    const { code, message } = isMillraceError(failure) && isMillraceError(failure.cause) ? failure.cause : (failure as MillraceError)
    assert.deepEqual({ code, message }, { code: 'UNSUPPORTED_VERSION', message: `Cannot use ${api} ${expected}` })
    assert.ok(failure.message.endsWith(message), 'what ends the application says so, too')
  })
}
