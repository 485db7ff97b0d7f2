import { BatchBuilder } from '../../record/batch-builder.ts'
import { RecordOrigins } from './record-origins.ts'

/** How many of each are kept. */
const KEPT_MAX = 64

/** Builders, their memory and origin arrays that wait for their next batch, so that steady work allocates none. */
export class BatchPool {
  readonly #batchBytes: number
  readonly #builders: BatchBuilder[] = []
  readonly #bytes: Buffer[] = []
  readonly #origins: RecordOrigins[] = []

  /** `batchBytes`: what a batch usually has. */
  constructor(batchBytes: number) {
    this.#batchBytes = batchBytes
  }

  takeBuilder(): BatchBuilder {
    const builder = this.#builders.pop() ?? new BatchBuilder(this.#batchBytes)
    const bytes = this.#bytes.pop()
    if (bytes !== undefined) builder.recycle(bytes)
    return builder
  }

  /** `builder` has no records. */
  giveBuilder(builder: BatchBuilder): void {
    if (this.#builders.length < KEPT_MAX) this.#builders.push(builder)
  }

  /** `bytes` are a sealed batch that nobody looks at any more. */
  giveBytes(bytes: Buffer): void {
    if (this.#bytes.length < KEPT_MAX) this.#bytes.push(bytes)
  }

  takeOrigins(): RecordOrigins {
    return this.#origins.pop() ?? new RecordOrigins()
  }

  giveOrigins(origins: RecordOrigins): void {
    origins.count = 0
    if (this.#origins.length < KEPT_MAX) this.#origins.push(origins)
  }
}
