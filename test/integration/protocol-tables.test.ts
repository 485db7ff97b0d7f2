import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { consumerProtocolAssignmentFields, consumerProtocolSubscriptionFields } from '../../src/protocol/classic/consumer-protocol.ts'
import { isRetriableKafkaError, kafkaErrors } from '../../src/protocol/kafka-errors.ts'
import { apis, apiSchemas } from '../../src/protocol/messages.ts'
import type { ApiSchema, FieldSchema } from '../../src/protocol/schema.ts'
import { javaSkipReason, resolveClassPath, resolveJar } from '../oracle/maven.ts'

// Goal: our schema tables are those of Kafka 4.3.1. Method: the message definitions inside kafka-clients are walked version by version
// beside our tables, and both walks must tell the same fields. What differs on purpose is listed here and must go on differing.

const skip = javaSkipReason()

/** Where our versions are not Kafka's, and why. */
const versionDifferences: Readonly<Record<string, { readonly kafka: string; readonly why: string }>> = {
  InitProducerId: { kafka: '0-6', why: 'version 6 is unstable in Kafka 4.3' },
  StreamsGroupHeartbeat: { kafka: '0', why: 'version 1 is of Kafka 4.4' },
  StreamsGroupDescribe: { kafka: '0', why: 'version 1 is of Kafka 4.4' },
}

/** APIs that Kafka 4.3 lacks. */
const laterApis: ReadonlySet<string> = new Set(['StreamsGroupTopologyDescriptionUpdate'])

/** Fields of Kafka 4.4 that version 0 does not carry, so that Kafka 4.3 does not know them. */
const laterFields: ReadonlySet<string> = new Set([
  'StreamsGroupHeartbeatResponse.acceptableRecoveryLag',
  'StreamsGroupHeartbeatResponse.topologyDescriptionRequired',
  'StreamsGroupDescribeRequest.includeTopologyDescription',
  'StreamsGroupDescribeResponse.groups.topologyDescription',
  'StreamsGroupDescribeResponse.groups.topologyDescriptionStatus',
  'StreamsGroupDescribeResponse.groups.assignorName',
])

/** Fields that Kafka 4.4 calls otherwise than Kafka 4.3: ours -> that of 4.3. */
const renamedFields: Readonly<Record<string, string>> = {
  'StreamsGroupHeartbeatResponse.acceptableRecoveryLagLegacy': 'StreamsGroupHeartbeatResponse.acceptableRecoveryLag',
}

interface KafkaField {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly ignorable?: boolean | 'true' | 'false'
  readonly fields?: readonly KafkaField[]
}

interface KafkaMessage {
  readonly apiKey: number
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly fields: readonly KafkaField[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly KafkaField[] }[]
}

/** One field as one version has it, in words that both sides can be put into. */
interface Seen {
  readonly path: string
  readonly type: string
  readonly nullable: boolean
  readonly tag: number | undefined
  readonly default: string
}

/** A field that one version lacks. */
interface Lacking {
  readonly path: string
  readonly default: string
  readonly ignorable: boolean
}

interface Walk {
  readonly seen: Seen[]
  readonly lacking: Lacking[]
}

let folder: string | undefined

after(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

function readDefinition(name: string): KafkaMessage | undefined {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'millrace-messages-'))
    const run = spawnSync('jar', ['xf', resolveJar('kafka-clients'), 'common/message'], { cwd: folder, encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr ?? String(run.error))
  }
  const file = join(folder, 'common/message', `${name}.json`)
  if (!existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\/\/[^"\n]*$/gm, '')
  return JSON.parse(text)
}

function rangeOf(versions: string | undefined): readonly [number, number] | undefined {
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(versions ?? 'none')
  if (match === null) return undefined
  const first = Number(match[1])
  return [first, match[2] === '+' ? Infinity : Number(match[3] ?? first)]
}

function has(versions: string | undefined, version: number): boolean {
  const range = rangeOf(versions)
  return range !== undefined && range[0] <= version && version <= range[1]
}

function lowerFirst(name: string): string {
  return name[0]!.toLowerCase() + name.slice(1)
}

const typeDefaults: Readonly<Record<string, string>> = {
  bool: 'false',
  string: '""',
  uuid: 'zero',
  bytes: 'empty',
  records: 'null',
  struct: 'struct',
}
const primitiveTypes: ReadonlySet<string> = new Set(
  'bool int8 int16 uint16 int32 uint32 int64 float64 string uuid bytes records'.split(' '),
)

function typeDefault(type: string): string {
  return type.startsWith('[]') ? 'empty' : (typeDefaults[type] ?? '0')
}

function kafkaDefault(field: KafkaField, type: string): string {
  const given = field.default
  if (given === undefined) return typeDefault(type)
  if (given === 'null') return 'null'
  if (type === 'bool') return String(given)
  if (type === 'string') return JSON.stringify(given)
  return BigInt(given) === 0x7fff_ffff_ffff_ffffn ? 'Infinity' : String(Number(given))
}

function ourDefault(field: FieldSchema): string {
  if (field.default === undefined) return typeDefault(field.type)
  return field.type === 'string' ? JSON.stringify(field.default) : String(field.default)
}

function walkKafka(message: KafkaMessage, prefix: string, version: number, lastVersion: number): Walk {
  const walk: Walk = { seen: [], lacking: [] }
  const structs = new Map(message.commonStructs?.map((struct) => [struct.name, struct.fields]))
  function visit(fields: readonly KafkaField[], parent: string): void {
    for (const field of fields) {
      const path = `${parent}.${lowerFirst(field.name)}`
      const element = field.type.replace('[]', '')
      const type = primitiveTypes.has(element) ? field.type : field.type.replace(element, 'struct')
      if (!has(field.versions, version)) {
        // A field that only removed versions had, or that only unstable ones have, is none for us.
        const [first, last] = rangeOf(field.versions)!
        const isIgnorable = String(field.ignorable ?? false) === 'true'
        if (last >= rangeOf(message.validVersions)![0] && first <= lastVersion)
          walk.lacking.push({ path, default: kafkaDefault(field, type), ignorable: isIgnorable })
        continue
      }
      assert.equal(field.flexibleVersions, undefined, `${path} has flexible versions of its own, which our tables cannot say`)
      const tag = has(field.taggedVersions, version) ? field.tag : undefined
      walk.seen.push({ path, type, nullable: has(field.nullableVersions, version), tag, default: kafkaDefault(field, type) })
      if (type !== field.type) visit(field.fields ?? structs.get(element)!, path)
    }
  }
  visit(message.fields, prefix)
  return walk
}

function walkOurs(message: readonly FieldSchema[], prefix: string, version: number): Walk {
  const walk: Walk = { seen: [], lacking: [] }
  function visit(fields: readonly FieldSchema[], parent: string): void {
    for (const field of fields) {
      const path = `${parent}.${field.name}`
      const isPresent = version >= (field.since ?? 0) && version <= (field.until ?? Infinity)
      if (!isPresent) {
        if (!laterFields.has(path)) walk.lacking.push({ path, default: ourDefault(field), ignorable: field.ignorable === true })
        continue
      }
      const nullable = field.nullable === true || version >= (field.nullable ?? Infinity)
      walk.seen.push({ path: renamedFields[path] ?? path, type: field.type, nullable, tag: field.tag, default: ourDefault(field) })
      if (field.fields !== undefined) visit(field.fields, path)
    }
  }
  visit(message, prefix)
  return walk
}

function compareMessage(schema: ApiSchema, direction: 'request' | 'response'): void {
  const name = `${schema.name}${direction === 'request' ? 'Request' : 'Response'}`
  const kafka = readDefinition(name)
  assert.ok(kafka !== undefined, `Kafka has no ${name}`)
  assert.equal(schema.key, kafka.apiKey)
  const [first, last] = rangeOf(kafka.validVersions)!
  const difference = versionDifferences[schema.name]
  if (difference === undefined) assert.deepEqual(schema.versions, [first, last], name)
  else assert.equal(kafka.validVersions, difference.kafka, `the known difference has changed: ${difference.why}`)
  for (let version = Math.max(first, schema.versions[0]); version <= Math.min(last, schema.versions[1]); version++) {
    const title = `${name} of version ${version}`
    assert.equal(schema.flexibleSince !== undefined && version >= schema.flexibleSince, has(kafka.flexibleVersions, version), title)
    assert.deepEqual(walkOurs(schema[direction], name, version), walkKafka(kafka, name, version, schema.versions[1]), title)
  }
}

for (const api of apis) {
  test(`apiSchemas.${api} is what Kafka 4.3.1 defines`, { skip }, () => {
    if (laterApis.has(api)) {
      assert.equal(readDefinition(`${api}Request`), undefined, 'Kafka 4.3.1 has it: take it off the list')
      return
    }
    compareMessage(apiSchemas[api], 'request')
    compareMessage(apiSchemas[api], 'response')
  })
}

for (const [name, fields] of [
  ['ConsumerProtocolSubscription', consumerProtocolSubscriptionFields],
  ['ConsumerProtocolAssignment', consumerProtocolAssignmentFields],
] as const) {
  test(`${name} is what Kafka 4.3.1 defines`, { skip }, () => {
    const kafka = readDefinition(name)!
    assert.equal(kafka.validVersions, '0-3')
    assert.equal(kafka.flexibleVersions, 'none')
    for (let version = 0; version <= 3; version++) {
      assert.deepEqual(walkOurs(fields, name, version), walkKafka(kafka, name, version, 3), `${name} of version ${version}`)
    }
  })
}

test('kafkaErrors are those of Kafka 4.3.1', { skip }, () => {
  const source = fileURLToPath(new URL('../oracle/ListKafkaErrors.java', import.meta.url))
  const run = spawnSync('java', ['-cp', resolveClassPath(), source], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr ?? String(run.error))
  const kafka = run.stdout.trim().split('\n')
  const ours = Object.entries(kafkaErrors)
    .filter(([name]) => name !== 'STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED')
    .map(([name, code]) => `${code} ${name} ${isRetriableKafkaError(code)}`)
  assert.deepEqual(ours, kafka)
})
