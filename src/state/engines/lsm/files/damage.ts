import { isDiskError } from '../../../../base/disk/disk-error.ts'
import { StoreError } from '../../../../base/errors.ts'

/** The error for a file whose bytes are not what was written. `what`: what is wrong, without the name of the file. */
export function damaged(path: string, what: string, cause?: unknown): StoreError {
  return new StoreError('STORE_CORRUPTED', `Cannot read "${path}": ${what}, it has to be as it was written`, { cause })
}

/** Whether what `action` threw says that a file is damaged or cannot be read, rather than that the process may not do something. */
export function isDamage(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'STORE_CORRUPTED'
  return isDiskError(error, 'EIO')
}
