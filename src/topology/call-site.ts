const position = /(?:file:\/\/)?((?:\/|[A-Za-z]:[\\/]).*|[^\s(]+):(\d+):\d+\)?$/

/**
 * `file:line` of the call to `owner[method]`, the public method that is on the stack, for error messages and `describe({ sites: true })`.
 * `null` where the engine gives no such stack.
 */
export function callSite<T extends object>(owner: T, method: keyof T): string | null {
  const boundary: unknown = owner[method]
  if (typeof Error.captureStackTrace !== 'function' || typeof boundary !== 'function') return null
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, boundary as () => unknown)
  const match = position.exec(holder.stack?.split('\n')[1] ?? '')
  return match === null ? null : `${match[1]}:${match[2]}`
}
