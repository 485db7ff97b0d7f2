import { ConfigError } from '../base/errors.ts'

/** `module required key="value" key=value;` with the modules of PLAIN and SCRAM. */
const ENTRY = /^\s*[\w.$]+\.(?:PlainLoginModule|ScramLoginModule)\s+\w+((?:\s+[\w.]+\s*=\s*(?:"(?:\\.|[^"\\])*"|[^\s;"]+))*)\s*;\s*$/
const OPTION = /([\w.]+)\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]+))/g

/** The user in `sasl.jaas.config`, which is one entry of Java's login configuration. Throws `ConfigError` `CONFIG_INVALID`, without the text. */
export function parseJaas(text: string | undefined): { readonly username: string; readonly password: string } {
  const options = ENTRY.exec(text ?? '')?.[1]
  const found = new Map<string, string>()
  for (const [, name, quoted, plain] of (options ?? '').matchAll(OPTION)) found.set(name!, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain!)
  const username = found.get('username')
  const password = found.get('password')
  if (username !== undefined && password !== undefined) return { username, password }
  throw new ConfigError(
    text === undefined ? 'CONFIG_MISSING' : 'CONFIG_INVALID',
    'Cannot use configuration key "saslJaasConfig": it must be the PlainLoginModule or ScramLoginModule of Kafka, "required", and a username and a password in double quotes, ended by ";"; or use sasl',
    { configKey: 'saslJaasConfig' },
  )
}
