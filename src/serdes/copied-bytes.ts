/**
 * The bytes `[start, end)` of `source` as an array of their own. A short one lies in memory that Node's buffers share: memory of its own costs
 * several times as much as the copy. So its `buffer` has other bytes, too, and it begins at its `byteOffset`.
 */
export function copiedBytes(source: Buffer, start: number, end: number): Uint8Array {
  const copy = Buffer.allocUnsafe(end - start)
  source.copy(copy, 0, start, end)
  return new Uint8Array(copy.buffer, copy.byteOffset, copy.length)
}
