import { ConfigError } from '../base/errors.ts'
import { consumerKeys, globalConsumerKeys, producerKeys, restoreConsumerKeys, sharedClientKeys } from './client-keys.ts'
import { type ConfigKey, type ConfigTable, camelCase } from './config-key.ts'
import { securityKeys } from './security-keys.ts'
import type { StreamsConfig } from './streams-config.ts'
import { streamsKeys } from './streams-keys.ts'
import { topicKeys } from './topic-keys.ts'

interface Section {
  readonly prefix: string
  readonly name: string
  readonly table: ConfigTable
}

const sections: readonly Section[] = [
  { prefix: 'main.consumer.', name: 'mainConsumer', table: consumerKeys },
  { prefix: 'restore.consumer.', name: 'restoreConsumer', table: restoreConsumerKeys },
  { prefix: 'global.consumer.', name: 'globalConsumer', table: globalConsumerKeys },
  { prefix: 'consumer.', name: 'consumer', table: consumerKeys },
  { prefix: 'producer.', name: 'producer', table: { ...sharedClientKeys, ...producerKeys } },
  { prefix: 'topic.', name: 'topic', table: topicKeys },
]

/**
 * Reads the text of a Java properties file with Kafka's dotted keys. Numbers and booleans become such; what the keys mean is checked when
 * the application is made. Throws `ConfigError` `CONFIG_INVALID` for a line that is not `key=value` and for a missing `application.id`.
 */
export function configFromProperties(text: string): StreamsConfig {
  const config: Record<string, unknown> = {}
  for (const [key, value] of readProperties(text)) put(config, key, value)
  if (typeof config['applicationId'] !== 'string') {
    throw new ConfigError('CONFIG_INVALID', 'Cannot read the properties: "application.id" is missing', { configKey: 'applicationId' })
  }
  return { ...config, applicationId: config['applicationId'] }
}

function put(config: Record<string, unknown>, key: string, value: string): void {
  if (key.startsWith('client.tag.')) {
    config['clientTags'] = { ...(config['clientTags'] as object | undefined), [key.slice('client.tag.'.length)]: value }
    return
  }
  const section = sections.find(({ prefix }) => key.startsWith(prefix))
  if (section === undefined) {
    const name = camelCase(key)
    config[name] = typed(value, streamsKeys[name] ?? sharedClientKeys[name] ?? securityKeys[name])
    return
  }
  const name = camelCase(key.slice(section.prefix.length))
  config[section.name] = { ...(config[section.name] as object | undefined), [name]: typed(value, section.table[name]) }
}

function typed(value: string, key: ConfigKey | undefined): unknown {
  if (key?.kind === 'integer' && /^-?\d+$/.test(value)) return Number(value)
  if (key?.kind === 'boolean' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  if (key?.kind === 'list') return value.split(',').map((item) => item.trim())
  if (key?.isAnyCase === true) return wordOf(value, key)
  return value
}

function wordOf(value: string, key: ConfigKey): string {
  const words = [...(key.words ?? []), ...Object.keys(key.refusedWords ?? {})]
  return words.find((word) => word.toLowerCase() === value.toLowerCase()) ?? value
}

function* readProperties(text: string): Generator<readonly [key: string, value: string]> {
  const lines = text
    .replace(/\r\n?/g, '\n')
    .replace(/(?<!\\)((?:\\\\)*)\\\n[ \t\f]*/g, '$1')
    .split('\n')
  for (const [index, line] of lines.entries()) {
    const trimmed = line.trimStart()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('!')) continue
    const match = /^((?:\\.|[^\\=:\s])+)(?:\s*[=:]\s*|\s+)(.*)$/.exec(trimmed)
    // Not the line itself: it may be a part of a key or a password.
    if (match === null) throw new ConfigError('CONFIG_INVALID', `Cannot read the properties: line ${index + 1} is not "key=value"`)
    yield [unescape(match[1]!), unescape(match[2]!).trimEnd()]
  }
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/g, (_match, code: string) =>
    code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  )
}
