import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { type Operation, type ProducerName, isTransactional } from './operation.ts'

type ProduceOperation = Extract<Operation, { kind: 'produce' }>

interface SentBatch {
  readonly sequence: number
  readonly records: number
}

/** How many batches of a partition may be sent again. */
const KEPT_BATCHES = 9

/** What a producer knows of itself on one cluster: its id, and the sequences that it has used. */
export class ProducerState {
  readonly name: ProducerName
  producerId = -1
  producerEpoch = -1
  readonly #sent = new Map<number, SentBatch[]>()

  constructor(name: ProducerName) {
    this.name = name
  }

  /** Goes on under the id and epoch that an answer has given; the sequences begin anew when one of them is another. */
  adopt(answer: { readonly producerId: number; readonly producerEpoch: number }): void {
    if (answer.producerId < 0) return
    if (answer.producerId !== this.producerId || answer.producerEpoch !== this.producerEpoch) this.#sent.clear()
    this.producerId = answer.producerId
    this.producerEpoch = answer.producerEpoch
  }

  /** The batch that the operation asks for, with values that say which operation it was. */
  batch(operation: ProduceOperation, index: number): { readonly bytes: Buffer; readonly sent: SentBatch } {
    const sent = this.#place(operation)
    const builder = new BatchBuilder(1_024)
    for (let record = 0; record < sent.records; record++) {
      const bytes = Buffer.from(`k${record}${index}.${record}`)
      const keyEnd = `k${record}`.length
      builder.append({
        timestamp: index * 1_000 + record,
        bytes,
        keyStart: 0,
        keyEnd,
        valueStart: keyEnd,
        valueEnd: bytes.length,
        headers: null,
      })
    }
    const bytes = builder.seal({
      producerId: this.producerId,
      // Without an epoch there would be no producer, which only a broken client sends.
      producerEpoch: Math.max(0, this.producerEpoch + operation.epoch),
      baseSequence: sent.sequence,
      isTransactional: isTransactional(this.name) === operation.hasRightBit,
    })
    return { bytes, sent }
  }

  /** The batch was written. */
  written(partition: number, batch: SentBatch): void {
    const list = this.#sent.get(partition)
    if (list === undefined) this.#sent.set(partition, [batch])
    else if (!list.some(({ sequence }) => sequence === batch.sequence)) list.push(batch)
    if (list !== undefined && list.length > KEPT_BATCHES) list.shift()
  }

  #place({ partition, sequence, records }: ProduceOperation): SentBatch {
    const sent = this.#sent.get(partition) ?? []
    const last = sent.at(-1)
    const next = last === undefined ? 0 : last.sequence + last.records
    switch (sequence) {
      case 'next':
        return { sequence: next, records }
      case 'again':
        return last ?? { sequence: next, records }
      case 'much earlier':
        return sent[0] ?? { sequence: next, records }
      case 'gap':
        return { sequence: next + 3, records }
      case 'zero':
        return { sequence: 0, records }
    }
  }
}
