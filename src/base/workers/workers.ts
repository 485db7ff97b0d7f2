import type { Disk } from '../disk.ts'
import type { Channel } from './channel.ts'

/**
 * Work that may be done by another thread: a generator that yields every few milliseconds, so that several pieces of work take turns and one
 * that is not wanted any more can be stopped. It depends on nothing but its input, which is plain data like its result, and the disk.
 */
export type WorkFunction<I, O> = (input: I, disk: Disk) => Generator<void, O, void>

/** A piece of work that another thread can find. */
export interface Work<I, O> {
  /** The URL of a module (`moduleBeside`) that exports `run` under the function's own name. */
  readonly module: string
  readonly run: WorkFunction<I, O>
}

/** What became of a piece of work. */
export type WorkResult<O> = { readonly output: O } | { readonly error: unknown }

/** Work that was started. */
export interface RunningWork<O> {
  /** What became of it; `null` as long as it is not done. */
  poll(): WorkResult<O> | null
  /** Blocks this thread until it is done. */
  wait(): WorkResult<O>
  /** Stops it: when this returns it does nothing any more. What it has written stays. Does nothing if it is done. */
  cancel(): void
}

/**
 * What another thread can be given to run: it talks with whoever started it over `channel`, and ends when it has closed that and waits for
 * nothing more. `data` is copied (structured clone; a `SharedArrayBuffer` is shared).
 */
export interface Program<D> {
  /** The URL of a module (`moduleBeside`) that exports `run` under the function's own name. */
  readonly module: string
  readonly run: (channel: Channel, data: D) => void | Promise<void>
}

/** A thread of its own that runs a program. */
export interface ProgramThread {
  readonly channel: Channel
  /** Called once when the thread has ended: with what it threw, or `null`. */
  onEnd: ((error: Error | null) => void) | null
  /** Ends it in the middle of what it does. */
  kill(): void
}

/** Starts threads that run programs. */
export interface ProgramRunner {
  /** Starts a thread of its own, which keeps the process alive until it ends. Throws where there are no threads. */
  run<D>(program: Program<D>, data: D): ProgramThread
}

/** The threads that do work beside the one that processes records. */
export interface Workers {
  start<I, O>(work: Work<I, O>, input: I): RunningWork<O>
  /** Ends threads that have nothing to do; the next piece of work starts them again. */
  rest(): void
  /** Stops all work. Nothing is started after it. May be called again. */
  close(): void
}

/** Does all work at once, in this thread, when it is started: for simulation and where there are no threads. */
export function inlineWorkers(disk: Disk): Workers & ProgramRunner {
  return {
    start(work, input) {
      const result = runToEnd(work.run(input, disk))
      return { poll: () => result, wait: () => result, cancel: () => undefined }
    },
    run() {
      throw new Error('Cannot start a thread: there are none in this environment')
    },
    rest: () => undefined,
    close: () => undefined,
  }
}

function runToEnd<O>(steps: Generator<void, O, void>): WorkResult<O> {
  try {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return { output: step.value }
    }
  } catch (error) {
    return { error }
  }
}
