import type { ValueAndTimestamp, Windowed } from 'millrace'
import { endOf, type Item, text } from '../functions.ts'

/** An item in answers: as hex, keys in windows as `hex@start/end`. */
export function hexOf(given: Item): string {
  if (given === null) return 'null'
  if (typeof given === 'number') return numberBytes(given).toString('hex')
  if (typeof given === 'boolean') return given ? '01' : '00'
  if (given instanceof Uint8Array) return Buffer.from(given).toString('hex')
  if (typeof given === 'object' && 'window' in given) return windowedOf(given)
  return Buffer.from(typeof given === 'string' ? given : text(given)).toString('hex')
}

/** A key in a window: `hex@start/end`. */
function windowedOf(given: Windowed<Item>): string {
  return `${hexOf(given.key)}@${given.window.start}/${endOf(given)}`
}

/** The eight bytes of a whole number. */
export function numberBytes(given: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(given))
  return bytes
}

/** A value of a store: `hex`, and where `isStamped` `hex timestamp`. */
export function shown(given: Item | ValueAndTimestamp<Item>, isStamped: boolean): string {
  if (given === null || typeof given !== 'object' || !('timestamp' in given)) return hexOf(given)
  return hexOf(given.value) + (isStamped ? ` ${given.timestamp}` : '')
}
