import { assert } from './assert.ts'
import type { Clock, Environment, FileLock, Files, Lifeline, Logger, Output, Random, Scheduler, Signals, Timer } from './environment.ts'
import { EventQueue, type QueuedEvent } from './event-queue.ts'
import { createLifeline, loggerWhileAlive } from './lifeline.ts'
import { VirtualHttp } from './http/virtual-http.ts'
import { Prng } from './prng.ts'
import { VirtualDisk } from './disk/virtual-disk.ts'
import { inlineWorkers } from './workers/workers.ts'

/** What the hook of a world is told: whose event it is and of which kind. */
export interface WorldEvent {
  readonly environment: string
  readonly kind: 'timer' | 'soon' | 'file'
}

/** A line that an instance wrote to its log. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly timeMs: number
  readonly fields: object
  readonly message: string
}

/** The environment of one instance in a virtual world, with what a test looks at. */
export interface VirtualEnvironment extends Environment {
  readonly name: string
  /** The last 1,000 lines of the log, debug included. Empty when a logger was given. */
  readonly logEntries: readonly LogEntry[]
  /** What was written to the output. */
  readonly outputText: string
  /** Delivers a signal to the listeners of this instance, at once. */
  raise(signal: 'SIGINT' | 'SIGTERM'): void
}

/** How a world is made. */
export interface WorldOptions {
  /** Draws everything that is left to chance. Default 0. */
  readonly seed?: number | undefined
  /** Whether events that are due at the same millisecond come in an order drawn from the seed, not in the order set. Default false. */
  readonly shuffle?: boolean | undefined
  /** Wall-clock time at the start. Default 2024-01-01T00:00:00Z. */
  readonly startMs?: number | undefined
}

/** When `run` gives up. */
export interface RunLimits {
  /** Default 10 million. */
  readonly maxEvents?: number | undefined
  /** Virtual time, from the start of the run. Default one day. */
  readonly maxTimeMs?: number | undefined
}

interface Happening extends QueuedEvent, WorldEvent {
  atMs: number
  order: number
  readonly lifeline: Lifeline
  readonly happen: () => void
}

const LOG_ENTRIES_MAX = 1_000
/** Callbacks handed to the event loop at once: one turn of the loop costs 1.3 us, a callback within a turn 0.4 us. */
const PUMP_BATCH = 32

/**
 * Virtual time, a virtual disk and seeded chance for any number of instances in one process. Time stands still while code runs and
 * jumps to the next event when nothing is left to do; between two events all microtasks run. The same seed gives the same run.
 */
export class VirtualWorld {
  /** Called around each event: before its callback, and after the callback and all microtasks that followed. It may cut lifelines: an event whose instance is cut before it does not happen. */
  onEvent: ((event: WorldEvent, phase: 'before' | 'after') => void) | null = null
  readonly disk: VirtualDisk = new VirtualDisk()
  /** The HTTP servers that there are. */
  readonly http: VirtualHttp = new VirtualHttp()
  /** The world's own chance, for what is not part of an instance. */
  readonly random: Prng
  readonly #order: Prng
  readonly #isShuffled: boolean
  readonly #queue = new EventQueue<Happening>()
  readonly #startMs: number
  #nowMs: number
  #sequence = 0
  #eventCount = 0
  #isDriven = false
  /** Until when nothing happens to an instance, by its name. */
  readonly #suspended = new Map<string, number>()

  constructor(options: WorldOptions = {}) {
    this.random = new Prng(options.seed ?? 0)
    this.#order = this.random.fork()
    this.#isShuffled = options.shuffle ?? false
    this.#startMs = options.startMs ?? Date.UTC(2024, 0, 1)
    this.#nowMs = this.#startMs
  }

  /** Wall-clock time of the world, in whole milliseconds. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** How many events have happened. */
  get eventCount(): number {
    return this.#eventCount
  }

  /** Makes the environment of one instance. `name` is for the hook and for people; an instance that starts again gets a new environment. */
  environment(name: string, options: { logger?: Logger | undefined } = {}): VirtualEnvironment {
    const lifeline = createLifeline()
    const random = this.random.fork()
    const logEntries: LogEntry[] = []
    const logger = options.logger ?? this.#keepingLogger(logEntries)
    const signals = new Map<string, Set<() => void>>()
    let outputText = ''
    const output: Output = { write: (text) => void (lifeline.isCut || (outputText += text)) }
    const clock: Clock = { now: () => this.#nowMs, monotonic: () => this.#nowMs - this.#startMs }
    const disk = this.disk.mount(lifeline)
    const scheduler = this.#scheduler(name, lifeline)
    return {
      name,
      clock,
      scheduler,
      random: random satisfies Random,
      files: this.#files(name, lifeline, random.fork()),
      disk,
      workers: inlineWorkers(disk),
      temporaryDirectory: '/tmp',
      logger: loggerWhileAlive(lifeline, logger),
      output,
      signals: virtualSignals(lifeline, signals),
      http: this.http.client({ scheduler, lifeline }),
      lifeline,
      logEntries,
      get outputText() {
        return outputText
      },
      raise(signal) {
        for (const listener of Array.from(signals.get(signal) ?? [])) listener()
      },
    }
  }

  /**
   * For `ms` nothing happens in the environments called `name`, as when a process stops for garbage collection or a machine sleeps: time
   * goes on, and what was due meanwhile happens right after.
   */
  suspend(name: string, ms: number): void {
    assert(ms >= 0, 'Time only goes forward')
    this.#suspended.set(name, this.#nowMs + Math.ceil(ms))
  }

  /**
   * Lets events happen until `until()` holds; it is asked before each event. Rejects with what a callback, the hook or `until` throws,
   * when a limit is reached, and when nothing is left that could happen.
   */
  run(until: () => boolean, limits: RunLimits = {}): Promise<void> {
    const eventsEnd = this.#eventCount + (limits.maxEvents ?? 10_000_000)
    const timeEnd = this.#nowMs + (limits.maxTimeMs ?? 86_400_000)
    return this.#drive(() => {
      if (until()) return null
      const next = this.#queue.peek()
      if (next === undefined)
        throw new Error(`Cannot go on after ${this.#progress()}: nothing is left to happen and the condition does not hold`)
      if (this.#eventCount >= eventsEnd || next.atMs > timeEnd) {
        throw new Error(`Cannot go on after ${this.#progress()}: the limit of the run is reached and the condition does not hold`)
      }
      return next
    })
  }

  /** Lets everything happen that is due within `ms` from now, then sets the clock to that time. */
  async advance(ms: number): Promise<void> {
    assert(ms >= 0, 'Time only goes forward')
    const end = this.#nowMs + Math.ceil(ms)
    await this.#drive(() => {
      const next = this.#queue.peek()
      return next !== undefined && next.atMs <= end ? next : null
    })
    this.#nowMs = end
  }

  #progress(): string {
    return `${this.#eventCount} events and ${this.#nowMs - this.#startMs} ms`
  }

  /**
   * Runs the events that `choose` names (always the head of the queue) until it gives `null`. Each runs in a callback of the event loop
   * of its own, because Node drains the queue of microtasks between two of them, however deep the chains of promises are.
   */
  #drive(choose: () => Happening | null): Promise<void> {
    assert(!this.#isDriven, 'A world is driven by one run or advance at a time')
    this.#isDriven = true
    return new Promise((resolve, reject) => {
      let current: Happening | null = null
      let isOver = false
      let waiting = 1
      const end = (): void => {
        isOver = true
        this.#isDriven = false
      }
      const step = (): void => {
        if (isOver) return
        try {
          if (current !== null) this.onEvent?.(current, 'after')
          current = this.#happenNext(choose)
          if (current === null) {
            end()
            resolve()
          }
        } catch (error) {
          end()
          // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passes on whatever the event threw
          reject(error)
        }
        if (--waiting === 0 && !isOver) {
          waiting = PUMP_BATCH
          for (let count = 0; count < PUMP_BATCH; count++) setImmediate(step)
        }
      }
      setImmediate(step)
    })
  }

  /** Runs one event and returns it; `null` if `choose` wants none. */
  #happenNext(choose: () => Happening | null): Happening | null {
    for (;;) {
      const event = choose()
      if (event === null) return null
      this.#queue.pop()
      this.#nowMs = event.atMs
      if (event.lifeline.isCut || this.#isPutOff(event)) continue
      this.onEvent?.(event, 'before')
      if (event.lifeline.isCut) continue
      this.#eventCount++
      event.happen()
      return event
    }
  }

  /** Whether the instance of `event` is suspended: then it comes again when that is over. */
  #isPutOff(event: Happening): boolean {
    if (this.#suspended.size === 0) return false
    const untilMs = this.#suspended.get(event.environment)
    if (untilMs === undefined) return false
    if (untilMs <= event.atMs) {
      this.#suspended.delete(event.environment)
      return false
    }
    // Before what is due at that time, in the order in which it was due.
    event.order = event.atMs - untilMs
    event.atMs = untilMs
    this.#queue.push(event)
    return true
  }

  #push(event: WorldEvent, lifeline: Lifeline, delayMs: number, happen: () => void): Happening {
    assert(Number.isFinite(delayMs), 'A delay is a finite number')
    const sequence = this.#sequence++
    const happening: Happening = {
      atMs: this.#nowMs + Math.max(0, Math.ceil(delayMs)),
      order: this.#isShuffled ? this.#order.uint32() : 0,
      sequence,
      isCancelled: false,
      isQueued: false,
      environment: event.environment,
      kind: event.kind,
      lifeline,
      happen,
    }
    if (!lifeline.isCut) this.#queue.push(happening)
    return happening
  }

  #scheduler(name: string, lifeline: Lifeline): Scheduler {
    const timer: WorldEvent = { environment: name, kind: 'timer' }
    const soon: WorldEvent = { environment: name, kind: 'soon' }
    return {
      after: (delayMs, callback): Timer => {
        const event = this.#push(timer, lifeline, delayMs, callback)
        return { cancel: () => this.#queue.cancel(event) }
      },
      soon: (callback) => void this.#push(soon, lifeline, 0, callback),
    }
  }

  #files(name: string, lifeline: Lifeline, random: Prng): Files {
    const event: WorldEvent = { environment: name, kind: 'file' }
    const disk = this.disk
    const holder = {}
    const pendingChanges = new Set<() => void>()
    lifeline.onCut(() => {
      // A process that dies while the kernel works for it does not know how far that came: each pending change did or did not happen.
      for (const change of pendingChanges) if (random.chance(0.5)) change()
      pendingChanges.clear()
      disk.crash(holder, random)
    })
    const look = <T>(read: () => T): Promise<T> => new Promise((resolve) => this.#push(event, lifeline, 0, () => resolve(read())))
    const change = (apply: () => void): Promise<void> => {
      if (!lifeline.isCut) pendingChanges.add(apply)
      return look(() => {
        pendingChanges.delete(apply)
        apply()
      })
    }
    return {
      read: (path) => look(() => disk.read(path)),
      write: (path, content) => change(() => disk.write(path, content)),
      append: (path, content) => change(() => disk.append(path, content, holder)),
      remove: (path) => change(() => disk.remove(path)),
      lock: (path) =>
        look((): FileLock | null => {
          if (!disk.lock(path, holder)) return null
          let isHeld = true
          return {
            release: () =>
              look(() => {
                if (isHeld) disk.unlock(path)
                isHeld = false
              }),
          }
        }),
    }
  }

  #keepingLogger(entries: LogEntry[]): Logger {
    const keep = (level: LogEntry['level'], fields: object, message: string): void => {
      if (entries.length === LOG_ENTRIES_MAX) entries.shift()
      entries.push({ level, timeMs: this.#nowMs, fields, message })
    }
    return {
      debug: (fields, message) => keep('debug', fields, message),
      info: (fields, message) => keep('info', fields, message),
      warn: (fields, message) => keep('warn', fields, message),
      error: (fields, message) => keep('error', fields, message),
    }
  }
}

function virtualSignals(lifeline: Lifeline, listeners: Map<string, Set<() => void>>): Signals {
  return {
    listen(signal, listener) {
      const entry = (): void => void (lifeline.isCut || listener())
      const set = listeners.get(signal) ?? new Set()
      listeners.set(signal, set.add(entry))
      return () => void set.delete(entry)
    },
  }
}
