import { isMillraceError, StoreError } from '../base/errors.ts'

/** The error for what an engine threw while it did `action` for a task; `cause` itself if it is such an error already. */
export function storeFailure(taskId: string, action: string, cause: unknown): StoreError {
  if (cause instanceof StoreError && cause.code === 'STORE_CORRUPTED' && cause.taskId !== undefined) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  const store = isMillraceError(cause) ? cause.store : undefined
  return new StoreError(
    'STORE_CORRUPTED',
    `Cannot ${action} task ${taskId}: ${reason}; its stores are opened again and replayed from their changelogs`,
    { cause, taskId, ...(store === undefined ? {} : { store }) },
  )
}

/** Whether a `storeFailure` says that what an engine has is not what was written, rather than that it could not be written. */
export function isDamaged(failure: StoreError): boolean {
  return isMillraceError(failure.cause) && failure.cause.code === 'STORE_CORRUPTED'
}
