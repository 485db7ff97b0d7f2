import { ClusterError } from '../../base/errors.ts'
import { kafkaErrorName, kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { Api } from '../../protocol/messages.ts'
import type { Connection } from '../../protocol/transport.ts'
import type { SaslExchange, SaslMechanism } from './mechanism.ts'

/** The first version of SaslHandshake after which the messages are requests of their own (KIP-152). */
const HANDSHAKE_VERSION = 1
/** From 1 on the answer says how long the session lives (KIP-368). */
const AUTHENTICATE_VERSION_MAX = 2
/** No mechanism needs more messages; a broker that goes on is none. */
const MESSAGES_MAX = 4

/** What an authentication needs of a connection. */
export type SaslChannel = Pick<Connection, 'send' | 'versions'>

/**
 * Tells the broker who we are. Resolves with how long the session lives in milliseconds, 0: for ever. Rejects AUTHENTICATION_FAILED,
 * UNSUPPORTED_VERSION, or as `Connection.send`.
 */
export async function authenticate(
  channel: SaslChannel,
  mechanism: SaslMechanism,
  exchange: SaslExchange,
  timeoutMs: number,
): Promise<number> {
  requireVersion(channel, 'SaslHandshake', HANDSHAKE_VERSION)
  const version = Math.min(requireVersion(channel, 'SaslAuthenticate', 0), AUTHENTICATE_VERSION_MAX)
  const { errorCode, mechanisms } = await channel.send('SaslHandshake', HANDSHAKE_VERSION, { mechanism: mechanism.name }, timeoutMs)
  if (errorCode !== kafka.NONE) throw refusedMechanism(mechanism, errorCode, mechanisms)
  let answer: Buffer | null = null
  let sessionLifetimeMs = 0
  for (let messages = 0; messages <= MESSAGES_MAX; messages++) {
    const message = exchange.next(answer)
    if (message === null) return sessionLifetimeMs
    const response = await channel.send('SaslAuthenticate', version, { authBytes: message }, timeoutMs)
    if (response.errorCode !== kafka.NONE) throw refused(mechanism, response.errorCode, response.errorMessage)
    answer = response.authBytes
    sessionLifetimeMs = response.sessionLifetimeMs
  }
  throw new ClusterError('AUTHENTICATION_FAILED', `Cannot authenticate with ${mechanism.name}: the broker asks on and on`)
}

/** The highest version that the broker has of `api`. */
function requireVersion({ versions }: SaslChannel, api: Api, min: number): number {
  const max = versions[api]?.max ?? -1
  if (max >= min) return max
  throw new ClusterError('UNSUPPORTED_VERSION', `Cannot authenticate: the broker has no version of ${api} from ${min} on`)
}

function refusedMechanism(mechanism: SaslMechanism, errorCode: number, offered: readonly string[]): ClusterError {
  const reason =
    errorCode === kafka.UNSUPPORTED_SASL_MECHANISM
      ? `the broker does not offer it here, but ${offered.length === 0 ? 'nothing' : offered.join(', ')}`
      : errorCode === kafka.ILLEGAL_SASL_STATE
        ? 'the broker wants no authentication on this port, set the port of a SASL listener or leave out sasl'
        : `the broker answered ${kafkaErrorName(errorCode)}`
  return new ClusterError('AUTHENTICATION_FAILED', `Cannot authenticate with ${mechanism.name}: ${reason}`, { kafkaCode: errorCode })
}

function refused(mechanism: SaslMechanism, errorCode: number, errorMessage: string | null): ClusterError {
  const said = errorMessage === null || errorMessage === '' ? '' : `, "${mechanism.redact(errorMessage)}"`
  const message = `Cannot authenticate with ${mechanism.name}: the broker answered ${kafkaErrorName(errorCode)}${said}`
  return new ClusterError('AUTHENTICATION_FAILED', message, { kafkaCode: errorCode })
}
