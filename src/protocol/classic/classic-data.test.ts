import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { BytesReader } from '../../base/bytes-reader.ts'
import { BytesWriter } from '../../base/bytes-writer.ts'
import { isMillraceError } from '../../base/errors.ts'
import { type AssignmentInfo, decodeAssignmentInfo, encodeAssignmentInfo } from './assignment-info.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts'
import { readModifiedUtf8, writeModifiedUtf8 } from './modified-utf8.ts'
import {
  decodeSubscriptionInfo,
  encodeSubscriptionInfo,
  LATEST_OFFSET,
  type SubscriptionInfo,
  UNKNOWN_OFFSET_SUM,
} from './subscription-info.ts'

const vectors: Readonly<Record<string, { readonly hex: string }>> = JSON.parse(
  readFileSync(new URL('../../../test/golden/golden-vectors.json', import.meta.url), 'utf8'),
)

function vector(name: string): Buffer {
  return Buffer.from(vectors[name]!.hex, 'hex')
}

function isMalformed(error: unknown): boolean {
  return isMillraceError(error) && error.code === 'MALFORMED_MESSAGE'
}

const subscriptionInfo: SubscriptionInfo = {
  version: 11,
  latestSupportedVersion: 11,
  processId: '00000000-0000-0001-0000-000000000002',
  userEndpoint: 'h:9',
  taskOffsetSums: [
    { task: { subtopology: 0, partition: 1 }, offsetSum: LATEST_OFFSET },
    { task: { subtopology: 1, partition: 2 }, offsetSum: 77 },
  ],
  uniqueField: 1,
  errorCode: 0,
  clientTags: new Map([['zone', 'a']]),
}

const assignmentInfo: AssignmentInfo = {
  version: 11,
  commonlySupportedVersion: 11,
  activeTasks: [
    { subtopology: 0, partition: 1 },
    { subtopology: 1, partition: 2 },
  ],
  standbyTasks: [{ task: { subtopology: 0, partition: 0 }, partitions: [{ topic: 'in', partition: 0 }] }],
  partitionsByHost: [{ host: 'h', port: 9, partitions: [{ topic: 'in', partition: 1 }] }],
  standbyPartitionsByHost: [],
  errorCode: 0,
  nextRebalanceMs: Infinity,
}

test('encodeSubscriptionInfo() writes version 11 as Kafka Streams does (G14)', () => {
  assert.equal(encodeSubscriptionInfo(subscriptionInfo).toString('hex'), vectors['G14']!.hex)
  assert.deepEqual(decodeSubscriptionInfo(vector('G14')), subscriptionInfo)
})

test('encodeSubscription() writes version 3 as Kafka does (G15)', () => {
  const subscription = {
    topics: ['b', 'in'],
    userData: vector('G14'),
    ownedPartitions: [{ topic: 'in', partitions: [1] }],
    generationId: 4,
    rackId: null,
  }
  assert.equal(encodeSubscription(subscription).toString('hex'), vectors['G15']!.hex)
  assert.deepEqual(decodeSubscription(vector('G15')), subscription)
})

test('encodeAssignmentInfo() writes version 11 as Kafka Streams does (G16)', () => {
  assert.equal(encodeAssignmentInfo(assignmentInfo).toString('hex'), vectors['G16']!.hex)
  assert.deepEqual(decodeAssignmentInfo(vector('G16')), assignmentInfo)
})

test('decodeSubscription() reads lower versions with defaults and of higher ones what it knows', () => {
  const writer = new BytesWriter()
  writer.int16(0)
  writer.int32(1)
  writer.int16(1)
  writer.utf8('t')
  writer.int32(-1)
  const expected = { topics: ['t'], userData: null, ownedPartitions: [], generationId: -1, rackId: null }
  assert.deepEqual(decodeSubscription(writer.copy()), expected)
  const later = Buffer.concat([encodeSubscription({ ...expected, rackId: 'r' }), Buffer.from('more')])
  later.writeInt16BE(4, 0)
  assert.deepEqual(decodeSubscription(later), { ...expected, rackId: 'r' })
})

test('decodeAssignment() gives what encodeAssignment() was given', () => {
  const assignment = {
    assignedPartitions: [
      { topic: 'a', partitions: [0, 1] },
      { topic: 'b', partitions: [] },
    ],
    userData: Buffer.from([1, 2]),
  }
  assert.deepEqual(decodeAssignment(encodeAssignment(assignment)), assignment)
})

test('decodeSubscriptionInfo() gives what encodeSubscriptionInfo() was given, in every version', () => {
  const blank = { uniqueField: 0, errorCode: 0, clientTags: new Map<string, string>() }
  const [running, restored] = subscriptionInfo.taskOffsetSums
  const withoutOffsets = [running!, { ...restored!, offsetSum: UNKNOWN_OFFSET_SUM }]
  for (const [version, expected] of [
    [3, { ...subscriptionInfo, ...blank, taskOffsetSums: withoutOffsets }],
    [6, { ...subscriptionInfo, ...blank, taskOffsetSums: withoutOffsets }],
    [7, { ...subscriptionInfo, ...blank }],
    [8, { ...subscriptionInfo, ...blank, uniqueField: 1 }],
    [9, { ...subscriptionInfo, clientTags: blank.clientTags }],
    [10, { ...subscriptionInfo, clientTags: blank.clientTags }],
    [11, subscriptionInfo],
  ] as const) {
    assert.deepEqual(decodeSubscriptionInfo(encodeSubscriptionInfo({ ...subscriptionInfo, version })), { ...expected, version })
  }
})

test('decodeSubscriptionInfo() reads only the versions of a later member and refuses those before 3', () => {
  const future = Buffer.from('0000000c0000000dffff', 'hex')
  const { version, latestSupportedVersion, taskOffsetSums } = decodeSubscriptionInfo(future)
  assert.deepEqual({ version, latestSupportedVersion, taskOffsetSums }, { version: 12, latestSupportedVersion: 13, taskOffsetSums: [] })
  assert.throws(() => decodeSubscriptionInfo(Buffer.from('0000000200000002', 'hex')), isMalformed)
})

test('decodeAssignmentInfo() gives what encodeAssignmentInfo() was given, in every version', () => {
  for (let version = 3; version <= 11; version++) {
    const info = {
      ...assignmentInfo,
      version,
      errorCode: 3,
      nextRebalanceMs: 1_700_000_000_000,
      standbyPartitionsByHost: assignmentInfo.partitionsByHost,
    }
    const expected = {
      ...info,
      errorCode: version < 4 ? 0 : 3,
      nextRebalanceMs: version < 7 ? Infinity : info.nextRebalanceMs,
      standbyPartitionsByHost: version < 6 ? [] : info.standbyPartitionsByHost,
    }
    assert.deepEqual(decodeAssignmentInfo(encodeAssignmentInfo(info)), expected)
  }
})

test('decodeSubscriptionInfo(), decodeAssignmentInfo() and decodeSubscription() refuse bytes that are cut off, and nothing else happens', () => {
  for (const [name, decode] of [
    ['G14', decodeSubscriptionInfo],
    ['G15', decodeSubscription],
    ['G16', decodeAssignmentInfo],
  ] as const) {
    const bytes = vector(name)
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decode(bytes.subarray(0, length)), isMalformed, `${name} cut at ${length}`)
    }
  }
})

test('decodeAssignmentInfo() gives a value or MALFORMED_MESSAGE for any bytes', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      for (const [name, decode] of [
        ['G14', decodeSubscriptionInfo],
        ['G16', decodeAssignmentInfo],
      ] as const) {
        const bytes = vector(name)
        bytes[at % bytes.length] = byte
        try {
          decode(bytes)
        } catch (error) {
          assert.ok(isMalformed(error), String(error))
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('readModifiedUtf8() reads what writeModifiedUtf8() wrote, and Java differs from UTF-8 in two places', () => {
  const writer = new BytesWriter()
  writeModifiedUtf8(writer, 'a\u0000é€😀')
  assert.equal(writer.copy().toString('hex'), '000e61c080c3a9e282aceda0bdedb880')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const out = new BytesWriter()
      writeModifiedUtf8(out, text)
      assert.equal(readModifiedUtf8(new BytesReader(out.written())), text)
    }),
  )
  assert.throws(() => readModifiedUtf8(new BytesReader(Buffer.from('0001ff', 'hex'))), RangeError)
  assert.throws(() => readModifiedUtf8(new BytesReader(Buffer.from('0001c3', 'hex'))), RangeError)
})
