import type { Lifeline, Logger } from './environment.ts'

/** A lifeline that is whole. Listeners run once, in the order in which they were added. */
export function createLifeline(): Lifeline {
  const listeners = new Set<() => void>()
  let isCut = false
  return {
    get isCut() {
      return isCut
    },
    cut() {
      if (isCut) return
      isCut = true
      const called = [...listeners]
      listeners.clear()
      for (const listener of called) listener()
    },
    onCut(listener) {
      if (isCut) {
        listener()
        return () => undefined
      }
      // The same function may be added twice: each addition is its own.
      const entry = (): void => listener()
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
  }
}

/** A promise like `work`, except that it never settles once `lifeline` is cut. */
export function whileAlive<T>(lifeline: Lifeline, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(
      (value) => {
        if (!lifeline.isCut) resolve(value)
      },
      (error: unknown) => {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passes on whatever the work failed with
        if (!lifeline.isCut) reject(error)
      },
    )
  })
}

/** `logger`, until `lifeline` is cut; then nothing. */
export function loggerWhileAlive(lifeline: Lifeline, logger: Logger): Logger {
  return {
    debug: (fields, message) => void (lifeline.isCut || logger.debug(fields, message)),
    info: (fields, message) => void (lifeline.isCut || logger.info(fields, message)),
    warn: (fields, message) => void (lifeline.isCut || logger.warn(fields, message)),
    error: (fields, message) => void (lifeline.isCut || logger.error(fields, message)),
  }
}
