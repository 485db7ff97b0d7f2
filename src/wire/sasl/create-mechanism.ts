import type { Random } from '../../base/environment.ts'
import type { SaslOptions } from '../../protocol/security.ts'
import type { Library } from '../library.ts'
import type { SaslMechanism } from './mechanism.ts'
import { oauthBearerMechanism } from './oauth-bearer.ts'
import { plainMechanism } from './plain.ts'
import { ScramMechanism } from './scram.ts'

/** The mechanism that `options` ask for. One object serves all connections of a transport. */
export function createMechanism(options: SaslOptions, random: Random, library: Library): SaslMechanism {
  switch (options.mechanism) {
    case 'PLAIN':
      return plainMechanism(options, library)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return new ScramMechanism(options.mechanism, options, random)
    case 'OAUTHBEARER':
      return oauthBearerMechanism(options)
  }
}
