import type { StoreBatch, TaskEngine } from '../../state/engines/engine.ts'
import type { SortedBytesStore } from '../../state/sorted-bytes-store.ts'
import type { StoreMeta } from '../../state/store-meta.ts'

/** An engine that says when it is closed: before it is, so that it can be read, and afterwards, also when closing it has thrown. */
export class WatchedEngine implements TaskEngine {
  readonly kind: string
  readonly #engine: TaskEngine
  readonly #onClose: () => void
  readonly #onClosed: () => void
  #isOpen = true

  constructor(engine: TaskEngine, onClose: () => void, onClosed: () => void = () => undefined) {
    this.kind = engine.kind
    this.#engine = engine
    this.#onClose = onClose
    this.#onClosed = onClosed
  }

  kindOf(store: string): string {
    return this.#engine.kindOf?.(store) ?? this.kind
  }

  store(name: string): SortedBytesStore {
    return this.#engine.store(name)
  }

  readMeta(store: string): StoreMeta | null {
    return this.#engine.readMeta(store)
  }

  apply(batches: readonly StoreBatch[], isDurable?: boolean): void {
    this.#engine.apply(batches, isDurable)
  }

  wipe(store: string): void {
    this.#engine.wipe(store)
  }

  retain(stores: ReadonlySet<string>): readonly string[] {
    return this.#engine.retain?.(stores) ?? []
  }

  flush(): void {
    this.#engine.flush()
  }

  maintain(nowMs: number): void {
    this.#engine.maintain(nowMs)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#onClose()
      this.#engine.close()
    } finally {
      this.#onClosed()
    }
  }
}
