/** A store of one task of this instance, as queries see it. */
export interface StoreView {
  readonly taskId: string
  readonly partition: number
  /** The typed store as processors have it. */
  readonly store: unknown
  /** Whether the task is restored and runs. */
  readonly isRunning: boolean
}
