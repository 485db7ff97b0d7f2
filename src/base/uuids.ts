// A UUID is 16 bytes. People and Java's `UUID` write it as 36 characters, hexadecimal with dashes; Kafka prints and the protocol layer
// holds ids of topics, members and directories as 22 characters of base64url.

/** The 16 bytes of an id in either form. Throws `RangeError` for any other text. */
export function uuidBytes(text: string): Buffer {
  const bytes = text.length === 22 ? Buffer.from(text, 'base64url') : Buffer.from(text.replaceAll('-', ''), 'hex')
  const isWhole = bytes.length === 16 && (formatUuid(bytes, 0) === text.toLowerCase() || formatKafkaId(bytes, 0) === text)
  if (!isWhole) {
    throw new RangeError(`Cannot read the id "${text}": required are 36 characters of a UUID or 22 of base64url`)
  }
  return bytes
}

/** The 16 bytes at `offset` as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, lower case. */
export function formatUuid(bytes: Buffer, offset: number): string {
  const digits = bytes.toString('hex', offset, offset + 16)
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
}

/** The 16 bytes at `offset` as Kafka's `Uuid` prints them: base64url without padding, 22 characters. */
export function formatKafkaId(bytes: Buffer, offset: number): string {
  return bytes.toString('base64url', offset, offset + 16)
}

/** An id in the form of Kafka for an id in either form, such as one from `Random.uuid()`. */
export function kafkaIdOf(text: string): string {
  return formatKafkaId(uuidBytes(text), 0)
}
