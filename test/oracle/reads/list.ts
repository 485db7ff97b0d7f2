import type { Item } from '../functions.ts'
import type { Reader } from './reader.ts'
import { hexOf } from './shown.ts'

interface WaitingKey {
  readonly timestamp: number
  readonly isLeft: boolean
  readonly key: Item
}

/** All rows of what a left or outer join of streams keeps: `key@timestamp side value`. */
export const readLists: Reader = ({ store }) => {
  const rows = (store as { all(): Iterable<readonly [WaitingKey, { readonly value: Item }]> }).all()
  return {
    all: Array.from(
      rows,
      ([{ timestamp, isLeft, key }, { value }]) => `${hexOf(key)}@${timestamp} ${isLeft ? 'left' : 'right'} ${hexOf(value)}`,
    ),
  }
}
