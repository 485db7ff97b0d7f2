import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A certificate and its private key, both as PEM text. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

/** What a certificate is to say. */
export interface CertificateOptions {
  readonly commonName: string
  /** DNS names and IPv4 addresses that it holds for. Default none. */
  readonly hosts?: readonly string[] | undefined
  /** When it ends, in milliseconds since 1970. Default: in one day. It began a day before it was made, or ended if that was earlier. */
  readonly validUntilMs?: number | undefined
}

const DAY_MS = 86_400_000

// Object identifiers as DER has them (X.660).
const oid = {
  commonName: Buffer.from([0x55, 0x04, 0x03]),
  basicConstraints: Buffer.from([0x55, 0x1d, 0x13]),
  subjectAltName: Buffer.from([0x55, 0x1d, 0x11]),
  ecdsaWithSha256: Buffer.from([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]),
}

const tag = { boolean: 1, integer: 2, bits: 3, octets: 4, oid: 6, utf8: 12, time: 24, sequence: 0x30, set: 0x31 }

/**
 * A certificate authority that exists while a test runs: signs itself, and certificates of brokers and clients, with keys on the curve
 * P-256. Node reads certificates and makes none, and openssl is not on every machine, so that the few fields are written by hand (X.509 v3,
 * RFC 5280).
 */
export class CertificateAuthority {
  /** Its own certificate as PEM text: what the other side must trust. */
  readonly cert: string
  readonly #name: Buffer
  readonly #key: KeyObject

  constructor(commonName: string) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#name = nameOf(commonName)
    this.#key = privateKey
    const isAuthority = der(tag.sequence, der(tag.boolean, Buffer.from([0xff])))
    this.cert = this.#sign(this.#name, publicKey, [extension(oid.basicConstraints, isAuthority)], Date.now() + DAY_MS)
  }

  /** A new key with a certificate that this authority has signed. */
  issue({ commonName, hosts = [], validUntilMs = Date.now() + DAY_MS }: CertificateOptions): KeyedCertificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const names = hosts.map((host) => (isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))))
    const extensions = names.length === 0 ? [] : [extension(oid.subjectAltName, der(tag.sequence, ...names))]
    return {
      cert: this.#sign(nameOf(commonName), publicKey, extensions, validUntilMs),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }

  #sign(subject: Buffer, key: KeyObject, extensions: readonly Buffer[], validUntilMs: number): string {
    const serial = randomBytes(8)
    // A positive number without a leading zero byte.
    serial[0] = (serial[0]! & 0x3f) | 0x40
    const algorithm = der(tag.sequence, der(tag.oid, oid.ecdsaWithSha256))
    const validity = der(tag.sequence, timeOf(Math.min(Date.now(), validUntilMs) - DAY_MS), timeOf(validUntilMs))
    const body = der(
      tag.sequence,
      der(0xa0, der(tag.integer, Buffer.from([2]))),
      der(tag.integer, serial),
      algorithm,
      this.#name,
      validity,
      subject,
      key.export({ type: 'spki', format: 'der' }),
      ...(extensions.length === 0 ? [] : [der(0xa3, der(tag.sequence, ...extensions))]),
    )
    const signature = der(tag.bits, Buffer.from([0]), sign('sha256', body, this.#key))
    return pem(der(tag.sequence, body, algorithm, signature))
  }
}

function nameOf(commonName: string): Buffer {
  const attribute = der(tag.sequence, der(tag.oid, oid.commonName), der(tag.utf8, Buffer.from(commonName)))
  return der(tag.sequence, der(tag.set, attribute))
}

/** Critical where the authority is concerned, as RFC 5280 asks. */
function extension(id: Buffer, value: Buffer): Buffer {
  const critical = id === oid.basicConstraints ? [der(tag.boolean, Buffer.from([0xff]))] : []
  return der(tag.sequence, der(tag.oid, id), ...critical, der(tag.octets, value))
}

/** `YYYYMMDDHHMMSSZ`. */
function timeOf(timeMs: number): Buffer {
  return der(tag.time, Buffer.from(`${new Date(timeMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`))
}

function der(type: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head = length < 0x80 ? [type, length] : length < 0x100 ? [type, 0x81, length] : [type, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g)!
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
