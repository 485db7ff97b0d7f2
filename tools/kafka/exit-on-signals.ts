import { constants } from 'node:os'

/**
 * From now on SIGINT and SIGTERM end this process as `process.exit` does, with the code that a shell gives for the signal. Without that
 * they end it at once, and what it has started is not ended by its `exit` listeners.
 */
export function exitOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(128 + constants.signals[signal]))
}
