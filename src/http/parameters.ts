import { QueryError } from '../base/errors.ts'

const PARAMETERS_MAX = 32
const VALUE_LENGTH_MAX = 16_384

/** The parameters of one request. Each may be given once; what nobody has asked for at the end is refused. */
export class Parameters {
  readonly #given = new Map<string, string>()
  readonly #known = new Set<string>()

  /** Throws `REQUEST_INVALID` for too many, for a long one, and for one that comes twice. */
  constructor(search: URLSearchParams) {
    for (const [name, value] of search) {
      if (this.#given.has(name)) throw invalid(`parameter "${name}" is given twice`)
      if (value.length > VALUE_LENGTH_MAX) throw invalid(`parameter "${name}" is longer than ${VALUE_LENGTH_MAX} characters`)
      if (this.#given.size === PARAMETERS_MAX) throw invalid(`it has more than ${PARAMETERS_MAX} parameters`)
      this.#given.set(name, value)
    }
  }

  /** `null` if it is not given. */
  text(name: string): string | null {
    this.#known.add(name)
    return this.#given.get(name) ?? null
  }

  /** One of `choices`; `null` if it is not given. */
  choice<T extends string>(name: string, choices: readonly T[]): T | null {
    const given = this.text(name)
    if (given === null) return null
    const chosen = choices.find((choice) => choice === given)
    if (chosen === undefined) throw invalid(`parameter "${name}" is "${given}", required is ${choices.join(' or ')}`)
    return chosen
  }

  flag(name: string): boolean {
    return this.choice(name, ['false', 'true']) === 'true'
  }

  /** A whole number from `min` to `max`; `null` if it is not given. */
  integer(name: string, min: number, max: number): number | null {
    const given = this.text(name)
    if (given === null) return null
    const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value
    throw invalid(`parameter "${name}" is "${given}", required is a whole number from ${min} to ${max}`)
  }

  /** A time: milliseconds since 1970, or as ISO 8601 has it. `null` if it is not given. */
  time(name: string): number | null {
    const given = this.text(name)
    if (given === null) return null
    const value = /^\d{1,16}$/.test(given) ? Number(given) : /^\d{4}-\d\d-\d\dT/.test(given) ? Date.parse(given) : Number.NaN
    if (Number.isSafeInteger(value) && value >= 0) return value
    throw invalid(`parameter "${name}" is "${given}", required are milliseconds since 1970, or a time like 2026-01-31T10:00:00Z`)
  }

  /** As `time`. Throws if it is not given. */
  requiredTime(name: string): number {
    const time = this.time(name)
    if (time === null) throw invalid(`parameter "${name}" is missing`)
    return time
  }

  /** Bytes of a key: JSON, which `write` turns into bytes, or with the name `<name>Base64` the bytes themselves. `null` if neither is given. */
  key(name: string, write: (key: unknown) => Uint8Array): Uint8Array | null {
    const json = this.text(name)
    const base64 = this.text(`${name}Base64`)
    if (json !== null && base64 !== null) throw invalid(`both "${name}" and "${name}Base64" are given, one of them is allowed`)
    if (base64 !== null) return bytesIn(`${name}Base64`, base64)
    return json === null ? null : written(name, json, write)
  }

  /** Throws for what was given and nobody asked for. */
  requireKnown(): void {
    const unknown = [...this.#given.keys()].find((name) => !this.#known.has(name))
    if (unknown === undefined) return
    throw invalid(`parameter "${unknown}" is not known here, known are ${[...this.#known].sort().join(', ')}`)
  }
}

/** A request that the API does not have, because of `reason`. */
export function invalid(reason: string): QueryError {
  return new QueryError('REQUEST_INVALID', `Cannot answer the request: ${reason}`)
}

function bytesIn(name: string, text: string): Uint8Array {
  if (/^[A-Za-z0-9_+/-]*={0,2}$/.test(text)) return Buffer.from(text, 'base64')
  throw invalid(`parameter "${name}" is no base64`)
}

function written(name: string, json: string, write: (key: unknown) => Uint8Array): Uint8Array {
  let key: unknown
  try {
    key = JSON.parse(json)
  } catch {
    throw invalid(`parameter "${name}" is no JSON: ${shortened(json)}; a text is written with quotes, "${name}=%22the%22"`)
  }
  if (key === null) throw invalid(`parameter "${name}" is null, a key is required`)
  try {
    return write(key)
  } catch (error) {
    throw invalid(`the key serde of the store does not take ${shortened(json)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}
