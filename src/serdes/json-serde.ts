import { SerdeError } from '../base/errors.ts'
import { readUtf8 } from '../base/native-utf8.ts'
import type { FastSerde } from './fast-serde.ts'
import { JsonReader } from './json-reader.ts'
import { writeJson } from './json-writer.ts'
import { invalidBytes, invalidValue } from './invalid-value.ts'
import type { SerdeContext } from './serde.ts'
import type { StandardSchema } from './standard-schema.ts'

/** Options of `serdes.json`. */
export interface JsonOptions {
  /** Promise that nobody changes a value that a store or record gave: caches then keep the objects instead of their bytes. Default false. */
  readonly immutable?: boolean | undefined
}

/** Options of `serdes.json` with a schema. */
export interface JsonSchemaOptions extends JsonOptions {
  /** Where the schema is applied when reading: `source`, records from topics (the default), or `always`, stores and repartition topics too. */
  readonly validate?: 'source' | 'always' | undefined
}

/** JSON as UTF-8. `check` is given what was parsed and gives the value. */
export function jsonSerde<T>(check: (value: unknown, context: SerdeContext) => T, options: JsonOptions = {}): FastSerde<T> {
  const reader = new JsonReader()
  return {
    read: (bytes, start, end, context) => {
      let value: unknown
      try {
        value = reader.read(bytes, start, end)
      } catch (cause) {
        throw Object.assign(invalidText(bytes, start, end), { cause })
      }
      return check(value, context)
    },
    nullable: false,
    write: (value, out) => {
      const start = out.position
      if (typeof value === 'object' && value !== null && !isPromise(value) && writeJson(value, out)) return
      out.position = start
      out.utf8(textOf(value))
    },
    windowBytes: 0,
    ownsMemory: true,
    immutable: options.immutable === true,
    identity: textOf,
    estimate: null,
  }
}

/** The function that applies `schema`. Throws `SerdeError` `SCHEMA_INVALID` for a value that does not fit, `SCHEMA_ASYNC` for a promise. */
export function schemaCheck<T>(schema: StandardSchema<T>, where: 'source' | 'always'): (value: unknown, context: SerdeContext) => T {
  const { validate, vendor } = schema['~standard']
  return (value, context) => {
    if (where === 'source' && context.role !== 'source') return value as T
    const result = validate(value) as { then?: unknown; value: T; issues?: readonly SchemaIssue[] | undefined }
    if (typeof result.then === 'function') {
      throw new SerdeError(
        'SCHEMA_ASYNC',
        `Cannot validate a record of topic "${context.topic}": the ${vendor} schema is asynchronous, a synchronous one is required`,
        { topic: context.topic },
      )
    }
    if (result.issues !== undefined) throw schemaInvalid(result.issues, context)
    return result.value
  }
}

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

const ISSUES_SHOWN_MAX = 5

function schemaInvalid(issues: readonly SchemaIssue[], context: SerdeContext): SerdeError {
  const shown = issues.slice(0, ISSUES_SHOWN_MAX).map(({ path = [], message }) => {
    const at = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
    return at === '' ? message : `${at}: ${message}`
  })
  const more = issues.length > shown.length ? ` and ${issues.length - shown.length} more` : ''
  return new SerdeError(
    'SCHEMA_INVALID',
    `Cannot deserialize a ${context.isKey ? 'key' : 'value'} of topic "${context.topic}": it does not fit the schema (${shown.join('; ')}${more})`,
    { topic: context.topic },
  )
}

function invalidText(bytes: Buffer, start: number, end: number): SerdeError {
  return invalidBytes('JSON', JSON.stringify(readUtf8(bytes, start, end).slice(0, 60)), 'a JSON text')
}

function isPromise(value: object): boolean {
  return 'then' in value && typeof value.then === 'function'
}

function textOf(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) throw invalidValue(value, 'JSON', 'a value that JSON can express is required')
  if (typeof value === 'object' && value !== null && isPromise(value)) {
    throw invalidValue(value, 'JSON', 'a value is required')
  }
  return text
}
