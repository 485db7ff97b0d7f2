import { Prng } from '../../src/base/prng.ts'
import { PrintableText, writeDigits } from './data/printable-text.ts'
import type { FillRecord, Ground } from './ground.ts'

const VALUE_BYTES = 100
const KEY_DIGITS = 9
const KEY_BYTES = 1 + KEY_DIGITS

/** Records with keys `k000000000`, `k000000001`, ... and values of 100 printable characters; the same ones each time. */
export function distinctKeys(): FillRecord {
  const text = new PrintableText(new Prng(1))
  return (record, index) => {
    const { bytes } = record
    bytes[0] = 0x6b
    writeDigits(bytes, 1, KEY_DIGITS, index)
    text.cut(bytes, KEY_BYTES, VALUE_BYTES)
    record.keyEnd = KEY_BYTES
    record.valueStart = KEY_BYTES
    record.valueEnd = KEY_BYTES + VALUE_BYTES
  }
}

/** The name of key `index`. */
export function distinctKey(index: number): string {
  return `k${String(index).padStart(KEY_DIGITS, '0')}`
}

/** Makes the topics of an application that has a table in `store`, nothing to read, and a changelog with `count` records. */
export async function loadChangelog(ground: Ground, applicationId: string, input: string, count: number): Promise<void> {
  await ground.createTopic(input)
  const changelog = `${applicationId}-store-changelog`
  if (await ground.createTopic(changelog, { 'cleanup.policy': 'compact' })) await ground.load(changelog, count, distinctKeys())
}
