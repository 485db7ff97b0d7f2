import { BytesReader } from '../../base/bytes-reader.ts'
import { ClusterError } from '../../base/errors.ts'

/** Reads `bytes` with `read`; what is impossible or cut off becomes `ClusterError` `MALFORMED_MESSAGE` that names `what`. */
export function readClassic<T>(what: string, bytes: Buffer, read: (reader: BytesReader) => T): T {
  try {
    return read(new BytesReader(bytes))
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new ClusterError('MALFORMED_MESSAGE', `Cannot read ${what}: ${cause.message}`, { cause })
  }
}

/** Reads an int32 count and as many elements. `elementBytesMin`: the fewest bytes of one, which bounds the count. */
export function readArray<T>(reader: BytesReader, elementBytesMin: number, read: () => T): T[] {
  const count = reader.int32()
  if (count < 0 || count * elementBytesMin > reader.remaining) {
    throw new RangeError(`Cannot read ${count} elements at ${reader.position}: ${reader.remaining} bytes are left`)
  }
  const elements: T[] = []
  for (let index = 0; index < count; index++) elements.push(read())
  return elements
}
