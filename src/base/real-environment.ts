import { randomUUID } from 'node:crypto'
import { appendFile, mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Environment, FileLock, Files, Lifeline, Logger, Output, Random, Scheduler, Signals, Timer } from './environment.ts'
import { isDiskError } from './disk/disk-error.ts'
import { createLifeline, loggerWhileAlive, whileAlive } from './lifeline.ts'
import { createRealHttp } from './http/real-http.ts'
import { createRealDisk } from './disk/real-disk.ts'
import { createRealWorkers } from './workers/real-workers.ts'

/** What of the real environment can be chosen. */
export interface RealEnvironmentOptions {
  /** Default: warnings and errors as lines of JSON on standard error. */
  readonly logger?: Logger | undefined
}

/** The environment of a production application: the clock, timers, files, signals and streams of this process. */
export function createRealEnvironment(options: RealEnvironmentOptions = {}): Environment {
  const lifeline = createLifeline()
  const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }
  const random: Random = { next: () => Math.random(), uuid: () => randomUUID() }
  const output: Output = { write: (text) => void (lifeline.isCut || process.stdout.write(text)) }
  const disk = createRealDisk(lifeline)
  return {
    clock,
    scheduler: realScheduler(lifeline),
    random,
    files: realFiles(lifeline),
    disk,
    workers: createRealWorkers(lifeline, disk),
    temporaryDirectory: tmpdir(),
    logger: loggerWhileAlive(lifeline, options.logger ?? createStderrLogger()),
    output,
    signals: realSignals(lifeline),
    http: createRealHttp(lifeline),
    lifeline,
  }
}

/** The longest delay that a timer of Node takes; a longer one would fire at once. */
const NODE_DELAY_MAX_MS = 0x7fff_ffff

function realScheduler(lifeline: Lifeline): Scheduler {
  const handles = new Set<NodeJS.Timeout | NodeJS.Immediate>()
  lifeline.onCut(() => {
    for (const handle of handles) {
      if ('refresh' in handle) clearTimeout(handle)
      else clearImmediate(handle)
    }
    handles.clear()
  })

  function after(delayMs: number, callback: () => void): Timer {
    if (lifeline.isCut) return { cancel: () => undefined }
    const dueMs = performance.now() + delayMs
    let handle: NodeJS.Timeout
    const arm = (waitMs: number): void => {
      handle = setTimeout(
        () => {
          handles.delete(handle)
          // Node counts from the start of its loop turn and may be early by a fraction of a millisecond, and long delays come in parts.
          const restMs = dueMs - performance.now()
          if (restMs > 0) arm(restMs)
          else callback()
        },
        Math.min(Math.ceil(waitMs), NODE_DELAY_MAX_MS),
      )
      handles.add(handle)
    }
    arm(delayMs)
    return {
      cancel: () => {
        clearTimeout(handle)
        handles.delete(handle)
      },
    }
  }

  function soon(callback: () => void): void {
    if (lifeline.isCut) return
    const handle = setImmediate(() => {
      handles.delete(handle)
      callback()
    })
    handles.add(handle)
  }

  return { after, soon }
}

function realFiles(lifeline: Lifeline): Files {
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    lifeline.isCut ? new Promise<never>(() => undefined) : whileAlive(lifeline, work())
  return {
    read: (path) => run(() => readIfPresent(path)),
    write: (path, content) => run(() => replaceFile(path, content)),
    append: (path, content) =>
      run(async () => {
        await mkdir(dirname(path), { recursive: true })
        await appendFile(path, content)
      }),
    remove: (path) => run(() => rm(path, { recursive: true, force: true })),
    lock: (path) => run(() => lockFile(path, lifeline)),
  }
}

async function readIfPresent(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return null
    throw error
  }
}

async function replaceFile(path: string, content: Buffer): Promise<void> {
  const directory = dirname(path)
  await mkdir(directory, { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => undefined)
    throw error
  }
  await syncDirectory(directory)
}

/** Makes a rename durable. Windows cannot open a directory and needs no such call. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** SQLITE_BUSY: another connection, of this or another process, has the lock. */
const SQLITE_BUSY = 5

/** An open exclusive transaction of SQLite is a lock that every platform frees when its process dies. */
async function lockFile(path: string, lifeline: Lifeline): Promise<FileLock | null> {
  await mkdir(dirname(path), { recursive: true })
  if (lifeline.isCut) return null
  const database = openDatabase(path)
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null
    throw error
  }
  let isHeld = true
  const release = (): void => {
    if (isHeld) database.close()
    isHeld = false
  }
  const forget = lifeline.onCut(release)
  return {
    release: () => {
      forget()
      release()
      return Promise.resolve()
    },
  }
}

/** Loads SQLite at its first use. On Node 22 that prints a warning that the module is experimental, which says nothing to our users. */
function openDatabase(path: string): DatabaseSync {
  // oxlint-disable-next-line typescript/unbound-method -- put back as it was, and called with its process
  const emitWarning = process.emitWarning
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite is')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    const sqlite = process.getBuiltinModule('node:sqlite')
    return new sqlite.DatabaseSync(path)
  } finally {
    process.emitWarning = emitWarning
  }
}

function realSignals(lifeline: Lifeline): Signals {
  return {
    listen(signal, listener) {
      if (lifeline.isCut) return () => undefined
      process.on(signal, listener)
      const stop = (): void => void process.off(signal, listener)
      const forget = lifeline.onCut(stop)
      return () => {
        forget()
        stop()
      }
    },
  }
}

/** A logger that drops debug and info and writes the rest to standard error, one line of JSON each. */
function createStderrLogger(): Logger {
  const write = (level: 'warn' | 'error', fields: object, message: string): void => {
    const line = { level, time: new Date().toISOString(), msg: message, ...fields }
    process.stderr.write(`${JSON.stringify(line, printableField)}\n`)
  }
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  }
}

function printableField(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) {
    const code = 'code' in value ? value.code : undefined
    return { type: value.name, message: value.message, code, stack: value.stack, cause: value.cause }
  }
  return value
}
