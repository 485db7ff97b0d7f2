/** The form a value of a configuration key must have. */
export type ConfigKind = 'string' | 'integer' | 'boolean' | 'list' | 'function' | 'word-or-function' | 'serde' | 'map' | 'engine' | 'any'

/** One configuration key: what it is called, what it may be, and whether Millrace acts on it. */
export interface ConfigKey {
  /** Kafka's dotted name. */
  readonly kafka: string
  readonly kind: ConfigKind
  /** The value that holds when the key is not set; `undefined` where there is none or it depends on other keys. */
  readonly fallback?: unknown
  readonly min?: number
  readonly max?: number
  /** An object with this method is allowed, too. */
  readonly method?: string
  /** The only words allowed. */
  readonly words?: readonly string[]
  /** Other texts that are allowed beside the words, and how an error describes them. */
  readonly form?: { readonly isValid: (value: string) => boolean; readonly described: string }
  /** Kafka takes the words in any case. */
  readonly isAnyCase?: true
  /** Words that Kafka has and Millrace does not act on: why. */
  readonly refusedWords?: Readonly<Record<string, string>>
  /** Set where Millrace does not act on the key: why. Such a key may only be set to its default. */
  readonly refused?: string
  /** Its value is never told, not even in an error about it. */
  readonly isSecret?: boolean
}

/** Keys by the name they have in TypeScript. */
export type ConfigTable = Readonly<Record<string, ConfigKey>>

/**
 * `commit.interval.ms` -> `commitIntervalMs`: the rule that maps Kafka's names one to one onto ours. The underscores around the internal
 * ones go.
 */
export function camelCase(kafkaName: string): string {
  return kafkaName.replace(/^__|__$/g, '').replace(/[._]([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}

/** Makes a table whose names follow from Kafka's. */
export function configTable(keys: readonly ConfigKey[]): ConfigTable {
  return Object.freeze(Object.fromEntries(keys.map((key) => [camelCase(key.kafka), Object.freeze(key)])))
}
