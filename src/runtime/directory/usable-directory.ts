import { ConfigError, isMillraceError } from '../../base/errors.ts'

/** What `run` gives. What the system throws there is thrown as `ConfigError` `STATE_DIRECTORY_UNUSABLE`: it is about the directory at `path`. */
export function usable<T>(path: string, action: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw unusable(path, action, error)
  }
}

/** As `usable`, for what takes time. */
export async function usableLater<T>(path: string, action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw unusable(path, action, error)
  }
}

/** A bug, and the end of the instance. */
const notOfDirectory: ReadonlySet<string> = new Set(['ERR_ASSERTION', 'ECANCELED'])

/** Errors of the system have codes, as those of the library that locks; others are not about the directory. */
function unusable(path: string, action: string, error: unknown): unknown {
  if (!(error instanceof Error) || isMillraceError(error) || !('code' in error) || notOfDirectory.has(String(error.code))) return error
  const message = `Cannot ${action} state directory "${path}": ${error.message}; required is a directory that this process may read and write`
  return new ConfigError('STATE_DIRECTORY_UNUSABLE', message, { configKey: 'stateDir', cause: error })
}
