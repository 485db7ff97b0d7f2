/** A store of one task of this instance, as queries see it. */
export interface StoreView {
  readonly taskId: string
  readonly partition: number
  /** The store for reading: a `ReadOnlyKeyValueStore` (`TaskState.view`). */
  readonly store: unknown
  /** Whether the task is restored and runs. */
  readonly isRunning: boolean
}
