/**
 * What is behind an error of `@platformatic/kafka`, which wraps what has happened, often more than once: the error of Node, the refusal of
 * the broker, or an error that we gave to the package. Its own errors are told to nobody: they hold what was received.
 */
export function rootOf(error: unknown): unknown {
  let root = error
  while (isOfLibrary(root) && root.cause !== undefined) root = root.cause
  return root
}

/** Whether it is an error that the package has made. */
export function isOfLibrary(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('PLT_KFK_')
}
