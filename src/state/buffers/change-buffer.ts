import { BytesWriter } from '../../base/bytes-writer.ts'
import type { Change } from '../../model/change.ts'
import type { RecordContext } from '../../record/record-context.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { RowCodec } from '../row-codec.ts'
import { StoreGuard } from '../store-guard.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import type { BufferContent } from './buffer-content.ts'
import { BufferedChangeReader, writeBufferedChange, writeSource } from './buffered-change.ts'

/** What a buffer of changes is made of. */
export interface ChangeBufferParts {
  readonly name: string
  readonly content: BufferContent
  readonly codec: RowCodec<unknown, unknown>
  readonly times: WindowTimes
  /** Called after each change of the content. */
  readonly changed: () => void
}

/** A change that leaves a buffer. */
export interface LeavingChange {
  readonly key: unknown
  /** `null` = the row was deleted. */
  readonly newValue: unknown
  /** That of the last change of the key, not what left last. */
  readonly oldValue: unknown
  /** The context of the record that made the last change. */
  readonly context: RecordContext
}

/** Which changes leave: the first ones, while one of the limits is passed. */
export interface BufferLimits {
  /** Changes with this buffer time or an earlier one leave. */
  readonly timeMax: number
  readonly recordsMax: number
  readonly bytesMax: number
}

/**
 * The changes that `suppress` holds back (P§3.9), at most one for each key. A further change of a key takes the place of the one before, and
 * its time. `times.operatorTime` is for the operator that owns the buffer.
 */
export class ChangeBuffer {
  readonly times: WindowTimes
  readonly #parts: ChangeBufferParts
  readonly #bytesWriter = new BytesWriter()
  readonly #oldWriter = new BytesWriter()
  readonly #reader = new BufferedChangeReader()
  readonly #found = new ByteSlice()
  readonly #old = new ByteSlice()
  readonly #bytes = new ByteSlice()
  readonly #guard: StoreGuard

  constructor(parts: ChangeBufferParts) {
    this.#parts = parts
    this.times = parts.times
    this.#guard = new StoreGuard(parts.name)
  }

  get recordCount(): number {
    return this.#parts.content.recordCount
  }

  /** Bytes of all changes, as Java estimates them: time, key, values, record context. */
  get byteSize(): number {
    return this.#parts.content.byteSize
  }

  /** The buffer time of the change that leaves next; `Infinity` where there is none. */
  get minTime(): number {
    return this.#parts.content.minTime
  }

  /** Takes a change of `key`, made by the record of `context`. `time` counts where no change of the key is held. */
  put(time: number, key: unknown, { newValue, oldValue }: Change<unknown>, context: Readonly<RecordContext>): void {
    this.#guard.checkOpen()
    const { content, codec } = this.#parts
    const keyBytes = codec.writeKey(key)
    const oldBytes = oldValue === null ? null : this.#copyOfOld(codec.writeRow(oldValue, -1))
    const newBytes = newValue === null ? null : codec.writeRow(newValue, -1)
    const known = content.placeOf(keyBytes)
    let priorBytes = oldBytes
    if (known !== null && content.changeAt(known.time, keyBytes, this.#found)) {
      this.#reader.open(this.#found.buffer, this.#found.start)
      priorBytes = this.#reader.priorValue
    }
    this.#bytesWriter.reset()
    const values = { priorValue: priorBytes, oldValue: oldBytes, newValue: newBytes }
    const valueBytes = writeBufferedChange(context, values, this.#bytesWriter)
    writeSource(context, this.#bytesWriter)
    this.#bytes.set(this.#bytesWriter.buffer, 0, this.#bytesWriter.position)
    content.put(time, keyBytes, { bytes: this.#bytes, valueBytes, known })
    this.#parts.changed()
  }

  /** Gives changes to `emit`, in order of buffer time and key, while `limits` are passed. A change is removed after `emit` has returned. */
  evict(limits: BufferLimits, emit: (change: LeavingChange) => void): void {
    this.#guard.checkOpen()
    const { content } = this.#parts
    if (!this.#isPassed(limits)) return
    const changes = content.leaving()
    try {
      let hasNext = changes.next()
      while (hasNext && this.#isPassed(limits)) {
        const key = content.keyIn(changes)
        emit(this.#changeAt(key, changes.value))
        content.remove(key)
        this.#parts.changed()
        hasNext = changes.next()
        content.setFirst(hasNext ? changes : null)
      }
    } finally {
      changes.close()
    }
  }

  /** Whether a change of `key` is held. */
  has(key: unknown): boolean {
    return this.#parts.content.placeOf(this.#parts.codec.writeKey(key)) !== null
  }

  /** The value of `key` before the first change of it that is held: what those behind the buffer know. `null` = there was none. */
  priorValueOf(key: unknown): unknown {
    this.#guard.checkOpen()
    const { content, codec } = this.#parts
    const keyBytes = codec.writeKey(key)
    const place = content.placeOf(keyBytes)
    if (place === null || !content.changeAt(place.time, keyBytes, this.#found)) return null
    this.#reader.open(this.#found.buffer, this.#found.start)
    const { priorValue } = this.#reader
    return priorValue === null ? null : codec.readValue(priorValue)
  }

  /** From now on every call throws `STORE_CLOSED`. */
  close(): void {
    this.#guard.close()
  }

  #isPassed({ timeMax, recordsMax, bytesMax }: BufferLimits): boolean {
    const { content } = this.#parts
    return content.minTime <= timeMax || content.recordCount > recordsMax || content.byteSize > bytesMax
  }

  #changeAt(key: ByteSlice, bytes: ByteSlice): LeavingChange {
    const { codec } = this.#parts
    this.#reader.open(bytes.buffer, bytes.start)
    const { newValue, oldValue } = this.#reader
    return {
      key: codec.readKey(key),
      newValue: newValue === null ? null : codec.readValue(newValue),
      oldValue: oldValue === null ? null : codec.readValue(oldValue),
      context: this.#reader.context(bytes.end),
    }
  }

  /** The codec writes all values to the same place. */
  #copyOfOld({ buffer, start, end }: ByteSlice): ByteSlice {
    this.#oldWriter.reset()
    this.#oldWriter.range(buffer, start, end)
    this.#old.set(this.#oldWriter.buffer, 0, this.#oldWriter.position)
    return this.#old
  }
}
