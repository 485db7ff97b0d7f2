import type { PasswordSasl } from '../../protocol/security.ts'
import type { SaslMechanism } from './mechanism.ts'

/** PLAIN (RFC 4616): name and password as they are. Nothing but TLS keeps them from who listens. */
export function plainMechanism({ username, password }: PasswordSasl): SaslMechanism {
  return {
    name: 'PLAIN',
    start: () =>
      Promise.resolve({
        next: (answer) => (answer === null ? Buffer.from(`\0${username}\0${password.reveal()}`) : null),
      }),
    redact: (text) => password.redact(text),
  }
}
