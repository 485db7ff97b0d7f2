/** An error as the system gives it: `code` is its name (`ENOSPC`, `EIO`, ...). `ECANCELED`: the lifeline of the instance is cut. */
export function diskError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${meanings[code] ?? 'the system refuses it'}, ${call} '${path}'`), { code, syscall: call, path })
}

/** Whether `error` is that of the system with this code. */
export function isDiskError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

const meanings: Readonly<Record<string, string>> = {
  ECANCELED: 'operation canceled',
  EEXIST: 'file already exists',
  EIO: 'i/o error',
  EISDIR: 'illegal operation on a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
}
