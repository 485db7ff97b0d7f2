import { ConfigError } from '../base/errors.ts'
import type { Endpoint } from '../protocol/transport.ts'

const PORT_MAX = 65_535

/**
 * The addresses in `bootstrap.servers`: `host:port` each, a list of them or one text with commas; an IPv6 address is in brackets. Throws
 * `ConfigError` `CONFIG_INVALID`.
 */
export function parseBootstrapServers(value: string | readonly string[]): readonly Endpoint[] {
  const given: unknown = value
  const texts = typeof given === 'string' ? given.split(',') : given
  if (!Array.isArray(texts) || texts.length === 0) throw invalid(given)
  return texts.map((text: unknown) => {
    const found = typeof text === 'string' ? /^(?:\[([\da-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text.trim()) : null
    const port = Number(found?.[3])
    const host = found?.[1] ?? found?.[2]
    if (host === undefined || port < 1 || port > PORT_MAX) throw invalid(text)
    return { host, port }
  })
}

function invalid(found: unknown): ConfigError {
  return new ConfigError(
    'CONFIG_INVALID',
    `Cannot use configuration key "bootstrapServers": ${JSON.stringify(found)} is no address, "host:port" is required, several with commas or as a list`,
    { configKey: 'bootstrapServers' },
  )
}
