import { ClusterError, isMillraceError } from '../base/errors.ts'
import type { Endpoint } from '../protocol/transport.ts'

const ALERT = 0x15
const HANDSHAKE = 0x16

/** What is wrong with a certificate, by the names that OpenSSL and Node give it. Others are told in OpenSSL's words. */
const reasons: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the broker's certificate has expired",
  CERT_NOT_YET_VALID: "the broker's certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is signed by itself and not trusted, set tls.ca to it",
  SELF_SIGNED_CERT_IN_CHAIN: "the authority of the broker's certificate is not trusted, set tls.ca to its certificate",
  UNABLE_TO_GET_ISSUER_CERT: "the authority of the broker's certificate is not trusted, set tls.ca to its certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the authority of the broker's certificate is not trusted, set tls.ca to its certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the authority of the broker's certificate is not trusted, set tls.ca to its certificate",
  ERR_SSL_WRONG_VERSION_NUMBER: 'what listens there does not speak TLS, leave out tls or set the port of a TLS listener',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what listens there does not speak TLS, leave out tls or set the port of a TLS listener',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the broker wants a certificate of the client, set tls.cert and tls.key',
}

/** Whether bytes that should be the answer of a broker are the beginning of a record of TLS (RFC 8446, 5.1): a broker that wants TLS. */
export function speaksTls(chunk: Uint8Array): boolean {
  return chunk.length >= 3 && (chunk[0] === ALERT || chunk[0] === HANDSHAKE) && chunk[1] === 3 && chunk[2]! <= 4
}

/** Whether a connection has failed for a reason of TLS, which trying again does not change, and not of the network. */
export function isTlsFailure(cause: unknown): cause is Error & { readonly code: string } {
  if (!(cause instanceof Error) || isMillraceError(cause) || !('code' in cause) || typeof cause.code !== 'string') return false
  // System errors are of one word: ECONNRESET.
  return cause.code === 'EPROTO' || !/^E[A-Z0-9]+$/.test(cause.code)
}

/** The error for a connection to `at` that failed as `isTlsFailure` says. */
export function tlsFailure(at: Endpoint, cause: Error & { readonly code: string }): ClusterError {
  const reason = cause.code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? wrongName(cause) : (reasons[cause.code] ?? alertOf(cause))
  // The whole certificate in all its forms, some pages of it.
  Reflect.deleteProperty(cause, 'cert')
  return new ClusterError('TLS_FAILED', `Cannot connect to ${at.host}:${at.port} with TLS: ${reason}`, { cause })
}

function wrongName(cause: Error & { readonly cert?: { readonly subjectaltname?: string }; readonly host?: string }): string {
  const names = cause.cert?.subjectaltname ?? 'no host at all'
  return `the broker's certificate is for ${names} and not for ${cause.host ?? 'this host'}, connect by a name that it holds for or set tls.serverName`
}

/** An alert is the broker's refusal; what it says is in the code. */
function alertOf(cause: Error & { readonly code: string }): string {
  const alert = /ALERT_(\w+)$/.exec(cause.code)?.[1]
  if (alert === undefined) return cause.message
  return `the broker refused with the alert ${alert.toLowerCase().replaceAll('_', ' ')}, it may want another certificate of the client in tls.cert and tls.key`
}
