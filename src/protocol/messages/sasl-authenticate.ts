import type { ApiSchema } from '../schema.ts'

/** The request of `SaslAuthenticate`. */
export interface SaslAuthenticateRequest {
  readonly authBytes: Buffer
}

/** The response of `SaslAuthenticate`. */
export interface SaslAuthenticateResponse {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Buffer
  readonly sessionLifetimeMs: number
}

/** Carries one SASL message. */
export const saslAuthenticateApi: ApiSchema = {
  name: 'SaslAuthenticate',
  key: 36,
  versions: [0, 2],
  flexibleSince: 2,
  request: [{ name: 'authBytes', type: 'bytes' }],
  response: [
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: true },
    { name: 'authBytes', type: 'bytes' },
    { name: 'sessionLifetimeMs', type: 'int64', since: 1, ignorable: true },
  ],
}
