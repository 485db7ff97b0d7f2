/** What a `Buffer` of Node has beside its documented methods: the functions behind `toString` and `write`. Stable since Node 0.10. */
interface NativeLatin1 {
  latin1Slice(start: number, end: number): string
  latin1Write(text: string, offset: number, length: number): number
}

/** The bytes `[start, end)` as a text of as many characters: it costs less to make and to keep than a buffer. */
export function bytesAsText(bytes: Buffer, start: number, end: number): string {
  return (bytes as unknown as NativeLatin1).latin1Slice(start, end)
}

/** Writes what `bytesAsText` gave at `offset` of `bytes`, which has room for it. */
export function writeBytesOfText(bytes: Buffer, text: string, offset: number): void {
  ;(bytes as unknown as NativeLatin1).latin1Write(text, offset, text.length)
}
