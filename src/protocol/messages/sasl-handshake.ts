import type { ApiSchema } from '../schema.ts'

/** The request of `SaslHandshake`. */
export interface SaslHandshakeRequest {
  readonly mechanism: string
}

/** The response of `SaslHandshake`. */
export interface SaslHandshakeResponse {
  readonly errorCode: number
  readonly mechanisms: readonly string[]
}

/** Chooses the SASL mechanism of a connection. */
export const saslHandshakeApi: ApiSchema = {
  name: 'SaslHandshake',
  key: 17,
  versions: [0, 1],
  request: [{ name: 'mechanism', type: 'string' }],
  response: [
    { name: 'errorCode', type: 'int16' },
    { name: 'mechanisms', type: '[]string' },
  ],
}
