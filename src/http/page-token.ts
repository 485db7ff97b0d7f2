import { decodeContinuation } from '../queries/rows/continuation.ts'
import { invalid } from './parameters.ts'

/** Where a scan goes on: in which partition, and there after which row; `null`: from its beginning. */
export interface PageToken {
  readonly partition: number
  readonly after: string | null
}

/** The token as a client sees it. */
export function encodeToken({ partition, after }: PageToken): string {
  return `${partition}.${after ?? ''}`
}

/** What `encodeToken` wrote. Throws `REQUEST_INVALID` for anything else. */
export function decodeToken(text: string): PageToken {
  const [, partition, after] = /^(-1|\d{1,10})\.([A-Za-z0-9_-]*)$/.exec(text) ?? []
  if (partition === undefined || (after !== '' && decodeContinuation(after!) === null)) {
    throw invalid('parameter "next" is none that an answer had')
  }
  return { partition: Number(partition), after: after === '' ? null : after! }
}
