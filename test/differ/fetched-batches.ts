import { readBatches } from '../../src/record/batch-reader.ts'
import { readControlRecord } from '../../src/record/control-record.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'

/** Where the batches of an answer end; -1: there are none. */
export function lastOffset(records: Buffer | null): number {
  return records === null ? -1 : (readBatches(records, 0, records.length).at(-1)?.lastOffset ?? -1)
}

/** What is in the batches of an answer, the ids of producers as `nameOf` calls them: `0-1 new/0 seq 0: a b`. */
export function describeBatches(records: Buffer | null, nameOf: (producerId: number) => string): string {
  if (records === null || records.length === 0) return 'nothing'
  const cursor = new RecordCursor()
  const batches = readBatches(records, 0, records.length).map((batch) => {
    const from = `${batch.baseOffset}-${batch.lastOffset} ${nameOf(batch.producerId)}/${batch.producerEpoch} seq ${batch.baseSequence}`
    if (batch.isControl) return `${from}: ${readControlRecord(batch)?.kind}`
    const values: string[] = []
    cursor.open(batch)
    while (cursor.next()) values.push(`${cursor.value()?.toString() ?? null}@${cursor.timestamp}`)
    return `${from}${batch.isTransactional ? ' transactional' : ''}: ${values.join(' ')}`
  })
  return batches.join('; ')
}
