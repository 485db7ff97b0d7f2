import { ConfigError } from '../base/errors.ts'
import { isEngineChoice } from '../state/engines/state-engine.ts'
import type { ConfigKey, ConfigTable } from './config-key.ts'
import { nearestKey } from './nearest-key.ts'

/** Values by camelCase key. */
export type ConfigValues = Readonly<Record<string, unknown>>

/**
 * Checks `values` against `table` and gives them with the defaults filled in. `path` is put before the key in messages (`producer.`).
 * Throws `ConfigError` `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID` or `CONFIG_UNSUPPORTED`.
 */
export function checkConfig(values: ConfigValues, table: ConfigTable, path = ''): ConfigValues {
  const checked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(values)) {
    const key = table[name]
    if (key === undefined) throw unknownKey(name, table, path)
    if (value !== undefined) checked[name] = checkValue(value, key, path + name)
  }
  for (const [name, key] of Object.entries(table)) {
    if (checked[name] === undefined && key.fallback !== undefined) checked[name] = key.fallback
  }
  return checked
}

function unknownKey(name: string, table: ConfigTable, path: string): ConfigError {
  const nearest = nearestKey(name, Object.keys(table))
  const hint = nearest === null ? 'see the configuration reference for the known ones' : `did you mean "${path}${nearest}"?`
  return new ConfigError('CONFIG_UNKNOWN_KEY', `Cannot use configuration key "${path}${name}": it is not known, ${hint}`, {
    configKey: path + name,
  })
}

function checkValue(value: unknown, key: ConfigKey, name: string): unknown {
  const shown = key.isSecret === true ? 'the value given' : show(value)
  if (key.refused !== undefined && !equalsDefault(value, key)) {
    throw new ConfigError('CONFIG_UNSUPPORTED', `Cannot set configuration key "${name}" to ${shown}: ${key.refused}`, {
      configKey: name,
    })
  }
  const refusedWord = typeof value === 'string' ? key.refusedWords?.[value] : undefined
  if (refusedWord !== undefined) {
    throw new ConfigError('CONFIG_UNSUPPORTED', `Cannot set configuration key "${name}" to ${shown}: ${refusedWord}`, {
      configKey: name,
    })
  }
  const problem = problemOf(value, key)
  if (problem !== null) {
    throw new ConfigError('CONFIG_INVALID', `Cannot set configuration key "${name}" to ${shown}: it must be ${problem}`, {
      configKey: name,
    })
  }
  return value
}

function equalsDefault(value: unknown, key: ConfigKey): boolean {
  return key.fallback !== undefined && JSON.stringify(value) === JSON.stringify(key.fallback)
}

function hasMethod(value: unknown, { method }: ConfigKey): boolean {
  return method !== undefined && typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function'
}

/** What `value` must be, or `null` if it is that. */
function problemOf(value: unknown, key: ConfigKey): string | null {
  switch (key.kind) {
    case 'integer':
      return integerProblem(value, key)
    case 'string':
      return typeof value === 'string' ? wordProblem(value, key) : (wordsOf(key) ?? 'a string')
    case 'boolean':
      return typeof value === 'boolean' ? null : 'true or false'
    case 'function':
      return typeof value === 'function' ? null : 'a function'
    case 'word-or-function':
      if (typeof value === 'function' || hasMethod(value, key)) return null
      if (typeof value === 'string' && key.words?.includes(value) === true) return null
      return `${wordsOf(key)} or a function${key.method === undefined ? '' : ` or an object with the method ${key.method}()`}`
    case 'list':
      return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'))
        ? null
        : 'a string or an array of strings'
    case 'map':
      return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string')
        ? null
        : 'an object of strings'
    case 'engine':
      return isEngineChoice(value) ? null : `${wordsOf(key)} or an engine of your own`
    case 'serde':
    case 'any':
      return null
  }
}

function integerProblem(value: unknown, key: ConfigKey): string | null {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'a whole number'
  if (key.min !== undefined && value < key.min) return `at least ${key.min}`
  if (key.max !== undefined && value > key.max) return `at most ${key.max}`
  return null
}

function wordProblem(value: string, key: ConfigKey): string | null {
  return key.words === undefined || key.words.includes(value) || key.form?.isValid(value) === true ? null : wordsOf(key)!
}

function wordsOf(key: ConfigKey): string | undefined {
  if (key.words === undefined) return undefined
  const words = `one of ${key.words.map((word) => `"${word}"`).join(', ')}`
  return key.form === undefined ? words : `${words}, or ${key.form.described}`
}

function show(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  if (typeof value === 'function') return 'a function'
  return JSON.stringify(value) ?? typeof value
}
