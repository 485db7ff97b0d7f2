import { ClusterError, isMillraceError } from '../../base/errors.ts'
import { kafkaErrorName, kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import { rootOf } from '../library-error.ts'
import type { SaslMechanism } from './mechanism.ts'

/** The answers of a broker to SaslHandshake and SaslAuthenticate, in which it refuses. */
interface Refusal {
  readonly errorCode: number
  readonly errorMessage?: string | null
  /** Those that the broker has; in the answer to SaslHandshake only. */
  readonly mechanisms?: readonly string[] | null
}

/**
 * What an authentication with `mechanism` has failed with: `AUTHENTICATION_FAILED` for a refusal of the broker, which is told without what is
 * secret in it; an error of ours as it is; otherwise what was behind the error of the package.
 */
export function saslFailure(mechanism: SaslMechanism, error: unknown): unknown {
  const root = rootOf(error)
  if (isMillraceError(root) || !isRefused(root)) return root
  const { errorCode, errorMessage, mechanisms } = root.response
  const reason = mechanisms === undefined ? saidBy(mechanism, errorCode, errorMessage) : whyNot(errorCode, mechanisms ?? [])
  return new ClusterError('AUTHENTICATION_FAILED', `Cannot authenticate with ${mechanism.name}: ${reason}`, { kafkaCode: errorCode })
}

function isRefused(error: unknown): error is { readonly response: Refusal } {
  return error instanceof Error && 'response' in error && error.response !== null && typeof error.response === 'object'
}

function whyNot(errorCode: number, offered: readonly string[]): string {
  if (errorCode === kafka.UNSUPPORTED_SASL_MECHANISM) {
    return `the broker does not offer it here, but ${offered.length === 0 ? 'nothing' : offered.join(', ')}`
  }
  if (errorCode === kafka.ILLEGAL_SASL_STATE) {
    return 'the broker wants no authentication on this port, set the port of a SASL listener or leave out sasl'
  }
  return `the broker answered ${kafkaErrorName(errorCode)}`
}

function saidBy(mechanism: SaslMechanism, errorCode: number, errorMessage: string | null | undefined): string {
  const said = errorMessage === undefined || errorMessage === null || errorMessage === '' ? '' : `, "${mechanism.redact(errorMessage)}"`
  return `the broker answered ${kafkaErrorName(errorCode)}${said}`
}
