import type { Disk } from './disk.ts'
import type { HttpClient } from './http/http.ts'
import type { ProgramRunner, Workers } from './workers/workers.ts'

// The ports: everything that Millrace needs from the outside. Nothing else reads a clock, sets a timer, draws a random number or touches
// a file (ARCHITECTURE.md, "Non-obvious"). `real-environment.ts` and `virtual-environment.ts` implement them.

/** Time. Both in milliseconds. */
export interface Clock {
  /** Wall-clock time: whole milliseconds since 1970. May jump. */
  now(): number
  /** Never goes back; has no meaning but for differences; may have fractions. */
  monotonic(): number
}

/** A timer that has not fired yet. */
export interface Timer {
  /** Does nothing if it fired or was cancelled before. */
  cancel(): void
}

/**
 * Calls back later. A callback is never run before the function that set it has returned. Timers that are due at the same millisecond
 * run in the order in which they were set (the virtual scheduler may order by seed instead).
 */
export interface Scheduler {
  /** Runs `callback` once, at least `delayMs` from now. */
  after(delayMs: number, callback: () => void): Timer
  /** Runs `callback` after the events that are ready now, so that input and output get their turn. */
  soon(callback: () => void): void
}

/** Randomness. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A random (version 4) UUID in lower case. */
  uuid(): string
}

/** An exclusive lock that is held until `release()` or until the process ends, whichever is first. */
export interface FileLock {
  release(): Promise<void>
}

/** The file system. Paths are absolute. Missing directories are made where a file is written or locked. */
export interface Files {
  /** The whole file, or `null` if there is none. */
  read(path: string): Promise<Buffer | null>
  /** Replaces the file at once: after a crash it has the old or the new content. */
  write(path: string, content: Buffer): Promise<void>
  /** Adds to the end of the file, which is made if there is none. */
  append(path: string, content: Buffer): Promise<void>
  /** Removes a file or a directory with all that is in it; nothing happens if there is none. */
  remove(path: string): Promise<void>
  /** Takes the lock of `path`, or gives `null` if another holder (in this or another process) has it. */
  lock(path: string): Promise<FileLock | null>
}

/** Structured log. pino fits, console fits. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Where text for people goes: standard output. */
export interface Output {
  write(text: string): void
}

/** Signals of the operating system. */
export interface Signals {
  /** Calls `listener` at each `signal` until the returned function is called. */
  listen(signal: 'SIGINT' | 'SIGTERM', listener: () => void): () => void
}

/**
 * Whether the instance that lives in this environment still does. Once cut, no timer, answer or callback of it runs again and its
 * connections are cut: what `kill -9` does to a process, inside one process.
 */
export interface Lifeline {
  readonly isCut: boolean
  cut(): void
  /** Calls `listener` when the line is cut, or at once if it is cut already. Returns a function that removes the listener. */
  onCut(listener: () => void): () => void
}

/** The outside, as one record. */
export interface Environment {
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly files: Files
  readonly disk: Disk
  readonly workers: Workers & ProgramRunner
  /** Absolute: the system's directory for temporary files, which it may empty. */
  readonly temporaryDirectory: string
  readonly logger: Logger
  readonly output: Output
  readonly signals: Signals
  readonly http: HttpClient
  readonly lifeline: Lifeline
}

/** Resolves after `delayMs`. */
export function sleep(scheduler: Scheduler, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.after(delayMs, resolve)
  })
}
