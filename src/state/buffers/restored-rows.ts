import { BytesWriter } from '../../base/bytes-writer.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { StoreGround } from '../kinds/composed-store.ts'
import { withOverlay } from '../layers/overlay.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import type { ChangeCursor } from '../sorted-bytes-store.ts'
import { serdeTopicOf } from '../store-definition.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import { BufferContent } from './buffer-content.ts'
import { BufferedChangeReader, writeBufferedChange } from './buffered-change.ts'
import { readRestoredChange } from './restored-change.ts'

/** Changelog records as changes of the rows of a buffer of changes. A later record of a key replaces an earlier one, its time included. */
export function restoredRows(ground: StoreGround, records: Iterable<RestoreRecord>, times: WindowTimes): ChangeCursor {
  const rows = withOverlay(ground.committed)
  const content = new BufferContent(rows)
  const topic = serdeTopicOf(ground.definition, ground.options.applicationId)
  const partition = Number(ground.options.taskId.split('_')[1])
  const [keyBytes, bytes, found] = [new ByteSlice(), new ByteSlice(), new ByteSlice()]
  const writer = new BytesWriter()
  for (const { key, value, timestamp, headers } of records) {
    if (key === null) continue
    keyBytes.set(key, 0, key.length)
    const known = content.placeOf(keyBytes)
    const priorValue = (): ByteSlice | null | undefined => {
      if (known === null || !content.changeAt(known.time, keyBytes, found)) return undefined
      const reader = new BufferedChangeReader()
      reader.open(found.buffer, found.start)
      return reader.priorValue
    }
    if (value === null) {
      content.remove(keyBytes)
      continue
    }
    const { time, context, change } = readRestoredChange({ value, timestamp, headers, topic, partition }, priorValue)
    writer.reset()
    const valueBytes = writeBufferedChange(context, change, writer)
    bytes.set(writer.buffer, 0, writer.position)
    if (known !== null && known.time !== time) content.remove(keyBytes)
    content.put(time, keyBytes, { bytes, valueBytes, known: known?.time === time ? known : null })
    // Stream time is that of the records, not that of the changelog, which is written later.
    if (context.timestamp > times.operatorTime) times.operatorTime = context.timestamp
  }
  return rows.changes()
}
