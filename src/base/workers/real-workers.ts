import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Disk } from '../disk.ts'
import type { Lifeline } from '../environment.ts'
import { StoreError } from '../errors.ts'
import { moduleBeside } from './module-beside.ts'
import { startProgram } from './real-program.ts'
import {
  inlineWorkers,
  type ProgramRunner,
  type ProgramThread,
  type RunningWork,
  type Work,
  type WorkResult,
  type Workers,
} from './workers.ts'

/** What the thread is told. `state` is shared with it: see `WorkState`. */
export interface WorkOrder {
  readonly id: number
  readonly module: string
  readonly name: string
  readonly input: unknown
  readonly state: SharedArrayBuffer
}

/** What the thread answers, before it sets the state of the work to `done`. */
export interface WorkAnswer {
  readonly id: number
  readonly output?: unknown
  readonly error?: { readonly message: string; readonly code: string | null }
}

/** The first integer of the shared state of a piece of work; the second counts its steps. */
export const WorkState = { running: 0, cancelled: 1, done: 2 } as const

/** Work that makes no step for so long is on a thread that is dead. */
const STALLED_MS = 60_000

/**
 * One thread of this process that does all work, several pieces in turns. It is started with the first piece and does not keep the process
 * alive. When `lifeline` is cut it, and the threads of programs, end in the middle of what they do. Work of a thread that has died, or could not be started, is done in
 * the thread that asks for its result.
 */
export function createRealWorkers(lifeline: Lifeline, disk: Disk): Workers & ProgramRunner {
  const inline = inlineWorkers(disk)
  let thread: WorkThread | null = null
  let isClosed = false
  const programs = new Set<ProgramThread>()
  const close = (): void => {
    isClosed = true
    thread?.close()
    thread = null
    for (const program of programs) {
      // Nobody hears of it: whoever started it is as dead.
      program.onEnd = null
      program.channel.onMessage = null
      program.kill()
    }
  }
  lifeline.onCut(close)
  return {
    start(work, input) {
      if (isClosed) return failedWork(new Error('Cannot start work: the workers are closed'))
      if (thread === null || thread.isDead) thread = new WorkThread(inline)
      return thread.start(work, input)
    },
    run(program, data) {
      if (isClosed) throw new Error('Cannot start a thread: the workers are closed')
      const started = startProgram(program, data, () => void programs.delete(started))
      programs.add(started)
      return started
    },
    rest() {
      if (thread === null || !thread.isIdle) return
      thread.close()
      thread = null
    },
    close,
  }
}

function failedWork<O>(error: unknown): RunningWork<O> {
  return { poll: () => ({ error }), wait: () => ({ error }), cancel: () => undefined }
}

class WorkThread {
  readonly #inline: Workers
  readonly #worker: Worker
  readonly #port: MessagePort
  readonly #states = new Map<number, Int32Array>()
  readonly #results = new Map<number, WorkResult<unknown>>()
  #nextId = 0
  #isDead = false
  #isClosed = false

  constructor(inline: Workers) {
    this.#inline = inline
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(new URL(moduleBeside(import.meta.url, 'worker-thread')), { workerData: port2, transferList: [port2] })
    this.#worker.unref()
    // An error is followed by the end.
    this.#worker.on('error', () => undefined)
    this.#worker.on('exit', () => (this.#isDead = true))
  }

  /** Whether all that was started is done or cancelled. */
  get isIdle(): boolean {
    this.#takeAnswers()
    return this.#states.size === 0
  }

  get isDead(): boolean {
    return this.#isDead
  }

  start<I, O>(work: Work<I, O>, input: I): RunningWork<O> {
    const id = this.#nextId++
    const state = new SharedArrayBuffer(8)
    this.#states.set(id, new Int32Array(state))
    const order: WorkOrder = { id, module: work.module, name: work.run.name, input, state }
    this.#port.postMessage(order)
    return {
      poll: () => this.#poll(id, work, input),
      wait: () => this.#wait(id, work, input),
      cancel: () => this.#cancel(id),
    }
  }

  close(): void {
    for (const id of this.#states.keys()) this.#cancel(id)
    this.#isClosed = true
    this.#port.close()
    void this.#worker.terminate()
  }

  #poll<I, O>(id: number, work: Work<I, O>, input: I): WorkResult<O> | null {
    this.#takeAnswers()
    const result = this.#results.get(id)
    if (result !== undefined) return result as WorkResult<O>
    if (this.#isClosed) return { error: new Error('The workers are closed') }
    if (!this.#isDead) return null
    const done = this.#inline.start(work, input).wait()
    this.#results.set(id, done)
    return done
  }

  #wait<I, O>(id: number, work: Work<I, O>, input: I): WorkResult<O> {
    const state = this.#states.get(id)
    if (state !== undefined && !this.#isDead) this.#block(state)
    return this.#poll(id, work, input) ?? { error: new Error('The thread has made no step for a minute') }
  }

  #cancel(id: number): void {
    const state = this.#states.get(id)
    if (state !== undefined && !this.#isDead && !this.#isClosed) {
      Atomics.compareExchange(state, 0, WorkState.running, WorkState.cancelled)
      this.#block(state)
      this.#takeAnswers()
    }
    this.#results.delete(id)
    this.#states.delete(id)
  }

  #takeAnswers(): void {
    for (let message = receiveMessageOnPort(this.#port); message !== undefined; message = receiveMessageOnPort(this.#port)) {
      const answer = message.message as WorkAnswer
      if (this.#states.delete(answer.id)) this.#results.set(answer.id, resultOf(answer))
    }
  }

  /** Until the work is done, or makes no step any more. */
  #block(state: Int32Array): void {
    for (let steps = -1; Atomics.load(state, 0) !== WorkState.done;) {
      const seen = Atomics.load(state, 1)
      if (seen === steps) return
      steps = seen
      const current = Atomics.load(state, 0)
      if (current !== WorkState.done) Atomics.wait(state, 0, current, STALLED_MS)
    }
  }
}

function resultOf({ output, error }: WorkAnswer): WorkResult<unknown> {
  if (error === undefined) return { output }
  if (error.code === 'STORE_CORRUPTED') return { error: new StoreError(error.code, error.message) }
  return { error: Object.assign(new Error(error.message), error.code === null ? {} : { code: error.code }) }
}
