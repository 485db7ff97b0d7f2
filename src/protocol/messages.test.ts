import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { apiKeys, apis, apiSchemas, findApi } from './messages.ts'
import type { FieldSchema } from './schema.ts'

// The interfaces are written by hand beside the tables. This test reads their text, which the formatter keeps to one line per field, and
// compares names, order, types and nullability.

const folder = new URL('./messages/', import.meta.url)
const interfaces = new Map<string, string[]>()
for (const file of readdirSync(folder)) {
  const text = readFileSync(new URL(file, folder), 'utf8')
  for (const [, name, body] of text.matchAll(/^export interface (\w+) \{\n((?: {2}.*\n)*)\}$/gm)) {
    assert.ok(!interfaces.has(name!), `interface ${name} is declared twice`)
    interfaces.set(
      name!,
      body!
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('/') && !line.startsWith('*')),
    )
  }
  for (const [, name] of text.matchAll(/^export type (\w+) = Readonly<Record<never, never>>$/gm)) interfaces.set(name!, [])
}

const primitives: Readonly<Record<string, string>> = {
  bool: 'boolean',
  string: 'string',
  uuid: 'string',
  bytes: 'Buffer',
  records: 'Buffer',
}

function compare(name: string, fields: readonly FieldSchema[]): void {
  const lines = interfaces.get(name)
  assert.ok(lines !== undefined, `interface ${name} is missing`)
  assert.equal(lines.length, fields.length, `${name} has the fields ${lines.join(', ')}`)
  for (const [index, field] of fields.entries()) {
    const where = `${name}.${field.name}`
    const isArray = field.type.startsWith('[]')
    const element = isArray ? field.type.slice(2) : field.type
    const match = /^readonly (\w+): (readonly )?(\w+)(\[\])?( \| null)?$/.exec(lines[index]!)
    assert.ok(match !== null, `${where}: "${lines[index]}"`)
    const [, fieldName, readonlyArray, type, brackets, orNull] = match
    assert.equal(fieldName, field.name, where)
    assert.equal(readonlyArray !== undefined, isArray, where)
    assert.equal(brackets !== undefined, isArray, where)
    assert.equal(orNull !== undefined, field.nullable !== undefined, where)
    if (element === 'struct') compare(type!, field.fields!)
    else assert.equal(type, primitives[element] ?? 'number', where)
  }
}

for (const api of apis) {
  test(`apiSchemas.${api} has the fields of its interfaces`, () => {
    compare(`${api}Request`, apiSchemas[api].request)
    compare(`${api}Response`, apiSchemas[api].response)
  })
}

test('apiKeys has the keys of the schemas, in their order', () => {
  assert.deepEqual(
    Object.entries(apiKeys),
    apis.map((api) => [apiSchemas[api].name, apiSchemas[api].key]),
  )
  const keys = Object.values(apiKeys)
  assert.deepEqual(
    keys,
    keys.toSorted((a, b) => a - b),
  )
})

test('findApi() finds by key', () => {
  assert.equal(findApi(88), 'StreamsGroupHeartbeat')
  assert.equal(findApi(999), undefined)
})
