import { diskError } from './disk-error.ts'

/** A call of the ports `Disk`, `ReadableFile` or `WritableFile` that can fail. */
export type DiskCall =
  | 'makeDirectory'
  | 'list'
  | 'openToRead'
  | 'openToWrite'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'read'
  | 'write'
  | 'sync'

/** The calls that need room on the disk. */
export const callsThatWrite: readonly DiskCall[] = ['makeDirectory', 'openToWrite', 'rename', 'write', 'sync', 'syncDirectory']

/** Something that goes wrong with a virtual disk. */
export interface DiskFault {
  readonly calls: readonly DiskCall[]
  /** Only calls for such paths. Default: all. */
  readonly where?: ((path: string) => boolean) | undefined
  /** Which of these calls from now on is the first to go wrong; 1 = the next. */
  readonly nth: number
  /** How many go wrong from then on. Default 1. */
  readonly times?: number | undefined
  /**
   * The code of the error that is thrown (`ENOSPC`, `EIO`, ...), when half of a write has been done and nothing of any other call; `short`: a
   * read gives half of the bytes that are there; `cut`: the instance dies in the call, when half of a write has been done.
   */
  readonly outcome: string
}

interface ArmedFault {
  readonly fault: DiskFault
  passed: number
}

/** The faults that a virtual disk has, and how often it was called. */
export class DiskFaults {
  readonly #armed = new Set<ArmedFault>()
  readonly #counts = new Map<DiskCall, number>()

  /** Adds a fault; returns a function that takes it away. */
  add(fault: DiskFault): () => void {
    const armed: ArmedFault = { fault, passed: 0 }
    this.#armed.add(armed)
    return () => void this.#armed.delete(armed)
  }

  /** Takes all faults away. */
  clear(): void {
    this.#armed.clear()
  }

  /** How many of these calls there were so far, failed ones included. */
  countOf(calls: readonly DiskCall[]): number {
    return calls.reduce((count, call) => count + (this.#counts.get(call) ?? 0), 0)
  }

  /** To be asked at each call: what comes of it, `null` = what should. Throws unless that is `short`, or the call is a `write`. */
  outcomeOf(call: DiskCall, path: string): string | null {
    this.#counts.set(call, (this.#counts.get(call) ?? 0) + 1)
    let outcome: string | null = null
    for (const armed of this.#armed) {
      const { calls, where, nth, times = 1 } = armed.fault
      if (!calls.includes(call) || where?.(path) === false) continue
      armed.passed++
      if (armed.passed >= nth && armed.passed < nth + times) outcome ??= armed.fault.outcome
    }
    if (outcome === null || outcome === 'short' || outcome === 'cut' || call === 'write') return outcome
    throw diskError(outcome, call, path)
  }
}
