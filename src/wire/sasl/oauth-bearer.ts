import { ClusterError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import type { TokenSasl } from '../../protocol/security.ts'
import { speak } from './dialogue.ts'
import type { SaslMechanism } from './mechanism.ts'

/** b64token of RFC 6750: what else is in a token would be read as the end of it. */
const TOKEN = /^[-._~+/A-Za-z0-9]+=*$/
const SEPARATOR = '\u0001'

/**
 * OAUTHBEARER (RFC 7628, KIP-255): a token that the user's function gives, a new one for each exchange. The exchange is ours: that of the
 * package takes the text of a refusal for a success.
 */
export function oauthBearerMechanism({ token: provide, extensions }: TokenSasl): SaslMechanism {
  // The one of the last exchange: a broker that complains about a token may quote it.
  let last = new Secret('')
  return {
    name: 'OAUTHBEARER',
    start: async () => {
      last = await askToken(provide)
      const fields = [`auth=Bearer ${last.reveal()}`, ...Object.entries(extensions).map(([name, value]) => `${name}=${value}`)]
      return speak('OAUTHBEARER', {
        first: Buffer.from(['n,,', ...fields, '', ''].join(SEPARATOR)),
        // A refusal is a text, which the client acknowledges; only then the broker says so in its own way (RFC 7628, 3.2.3).
        next: (answer) => (answer.length === 0 ? null : Buffer.from(SEPARATOR)),
      })
    },
    redact: (text) => last.redact(text),
  }
}

async function askToken(provide: TokenSasl['token']): Promise<Secret> {
  let token: unknown
  try {
    token = await provide()
  } catch (cause) {
    throw new ClusterError('NOT_SENT', 'Cannot authenticate with OAUTHBEARER: the token function has failed', { cause })
  }
  if (typeof token === 'string' && TOKEN.test(token)) return new Secret(token)
  const found = typeof token === 'string' ? 'a text with characters that no token has' : typeof token
  throw new ClusterError(
    'AUTHENTICATION_FAILED',
    `Cannot authenticate with OAUTHBEARER: the token function gave ${found}, a token is required`,
  )
}
