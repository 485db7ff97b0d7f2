/**
 * Gives the memory of `bytes` back at once, as the garbage collector would some time later: files and merges are done with many megabytes at
 * a moment. `bytes` has a buffer of its own (`Buffer.allocUnsafeSlow`, a typed array that was made by its length), and is empty afterwards;
 * nobody else looks at it any more.
 */
export function freeBytes(bytes: Uint8Array | Uint32Array | Float64Array): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) buffer.transfer(0)
}
