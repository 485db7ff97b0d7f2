import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import type { Random } from '../../base/environment.ts'
import { ClusterError } from '../../base/errors.ts'
import type { PasswordSasl } from '../../protocol/security.ts'
import { type SaslDialogue, speak } from './dialogue.ts'
import type { SaslExchange, SaslMechanism } from './mechanism.ts'

const HASHES = { 'SCRAM-SHA-256': { hash: 'sha256', bytes: 32 }, 'SCRAM-SHA-512': { hash: 'sha512', bytes: 64 } } as const

/** RFC 5802 asks for no fewer. */
const ITERATIONS_MIN = 4_096
/** Kafka allows 16,384. The bound keeps a broker that is none from stopping the process for long: these take less than 0.1 s. */
const ITERATIONS_MAX = 100_000

/** No channel binding: Kafka has none. */
const GS2_HEADER = 'n,,'

/** What a broker says first. */
interface Challenge {
  readonly nonce: string
  readonly salt: Buffer
  readonly iterations: number
}

/**
 * SCRAM (RFC 5802, RFC 7677, KIP-84): client and broker show each other that they know the password, and neither tells it. Names and
 * passwords are taken as they are, without SASLprep, as Java's client takes them. The exchange is ours: that of the package escapes one comma
 * of a name, and an answer that it cannot read ends the process.
 */
export class ScramMechanism implements SaslMechanism {
  readonly name: keyof typeof HASHES
  readonly #options: PasswordSasl
  readonly #random: Random
  /** The password with the last salt, which is the same for all connections and costs thousands of hashes. */
  #salted: { readonly salt: Buffer; readonly iterations: number; readonly key: Buffer } | null = null

  constructor(name: keyof typeof HASHES, options: PasswordSasl, random: Random) {
    this.name = name
    this.#options = options
    this.#random = random
  }

  start(): Promise<SaslExchange> {
    return Promise.resolve(speak(this.name, this.converse()))
  }

  /** What the client says, to whom the broker's answers are given. */
  converse(): SaslDialogue {
    // The UUIDs of the environment come from the strong source of randomness, its numbers do not.
    const nonce = (this.#random.uuid() + this.#random.uuid()).replaceAll('-', '')
    const first = `n=${this.#options.username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
    let signature: Buffer | null = null
    return {
      first: Buffer.from(GS2_HEADER + first),
      next: (answer) => {
        if (signature !== null) {
          this.#checkSignature(answer.toString(), signature)
          return null
        }
        const final = this.#final(first, answer.toString(), nonce)
        signature = final.signature
        return Buffer.from(final.message)
      },
    }
  }

  redact(text: string): string {
    return this.#options.password.redact(text)
  }

  /** The proof that we know the password, and the signature that a broker gives which knows it, too. */
  #final(first: string, serverFirst: string, nonce: string): { readonly message: string; readonly signature: Buffer } {
    const { hash } = HASHES[this.name]
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
    const challenge = this.#readChallenge(serverFirst, nonce)
    const salted = this.#saltedPassword(challenge)
    const bare = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${challenge.nonce}`
    const spoken = [first, serverFirst, bare].join(',')
    const clientKey = hmac(salted, 'Client Key')
    const proof = hmac(createHash(hash).update(clientKey).digest(), spoken)
    for (let index = 0; index < proof.length; index++) proof[index]! ^= clientKey[index]!
    return { message: `${bare},p=${proof.toString('base64')}`, signature: hmac(hmac(salted, 'Server Key'), spoken) }
  }

  #readChallenge(text: string, nonce: string): Challenge {
    const found = /^r=([!-+\--~]+),s=([A-Za-z0-9+/]+={0,2}),i=(\d{1,9})(?:,.*)?$/.exec(text)
    if (found === null) throw this.#untrusted('its challenge cannot be read')
    const [, theirs, salt, count] = found as unknown as [string, string, string, string]
    if (!theirs.startsWith(nonce) || theirs.length === nonce.length) throw this.#untrusted('its challenge answers another client')
    const iterations = Number(count)
    if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
      throw this.#untrusted(`it asks for ${iterations} iterations, ${ITERATIONS_MIN} to ${ITERATIONS_MAX} are allowed`)
    }
    return { nonce: theirs, salt: Buffer.from(salt, 'base64'), iterations }
  }

  #saltedPassword({ salt, iterations }: Challenge): Buffer {
    if (this.#salted?.iterations === iterations && this.#salted.salt.equals(salt)) return this.#salted.key
    const { hash, bytes } = HASHES[this.name]
    const key = pbkdf2Sync(this.#options.password.reveal(), salt, iterations, bytes, hash)
    this.#salted = { salt, iterations, key }
    return key
  }

  #checkSignature(text: string, expected: Buffer): void {
    const refusal = /^e=([^,]*)/.exec(text)
    if (refusal !== null) throw this.#untrusted(`it refused: ${this.redact(refusal[1]!)}`)
    const given = Buffer.from(/^v=([A-Za-z0-9+/]+={0,2})(?:,.*)?$/.exec(text)?.[1] ?? '', 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      throw this.#untrusted('its signature is wrong, so that it does not know the password itself')
    }
  }

  #untrusted(reason: string): ClusterError {
    return new ClusterError('AUTHENTICATION_FAILED', `Cannot trust the broker in an authentication with ${this.name}: ${reason}`)
  }
}
