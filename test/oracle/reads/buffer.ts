import type { Reader } from './reader.ts'

/** How full a buffer is: its rows are shown by its changelog. */
export const readBuffers: Reader = ({ store }) => {
  const { recordCount, byteSize } = store as { readonly recordCount: number; readonly byteSize: number }
  return { records: String(recordCount), bytes: String(byteSize) }
}
