import type { PasswordSasl } from '../../protocol/security.ts'
import type { Library } from '../library.ts'
import type { SaslMechanism } from './mechanism.ts'

/** PLAIN (RFC 4616) as the package speaks it: name and password as they are. Nothing but TLS keeps them from who listens. */
export function plainMechanism({ username, password }: PasswordSasl, { saslPlain }: Library): SaslMechanism {
  return {
    name: 'PLAIN',
    start: () =>
      Promise.resolve(({ authenticate, connection }) =>
        saslPlain.authenticate(authenticate, connection, username, () => password.reveal()),
      ),
    redact: (text) => password.redact(text),
  }
}
