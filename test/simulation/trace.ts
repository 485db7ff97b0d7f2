import type { Logger } from '../../src/base/environment.ts'
import type { WorldEvent } from '../../src/base/virtual-environment.ts'
import { isMillraceError } from '../../src/base/errors.ts'

const FNV_PRIME = 0x0100_0193

/** What happened in a run: a hash of all events, and lines for people if they are wanted. */
export class Trace {
  readonly #nowMs: () => number
  readonly #write: ((line: string) => void) | null
  readonly #codes = new Map<string, number>()
  #hash = 0x811c_9dc5

  /** `nowMs`: virtual time since the start. `write`: `null` if nobody reads. */
  constructor(nowMs: () => number, write: ((line: string) => void) | null) {
    this.#nowMs = nowMs
    this.#write = write
  }

  /** The same for two runs in which the same events happened at the same times in the same order. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0')
  }

  note(event: WorldEvent): void {
    this.#add(this.#nowMs())
    this.#add(this.#codeOf(event.environment))
    this.#add(event.kind.length)
  }

  line(who: string, text: string): void {
    this.#write?.(`${String(this.#nowMs()).padStart(6)} ms  ${who.padEnd(9)} ${text}`)
  }

  /** A log that goes into the trace. */
  logger(who: string): Logger {
    const log = (level: string) => (fields: object, message: string) => {
      if (this.#write !== null) this.line(who, `${level} ${message} ${showFields(fields)}`)
    }
    return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
  }

  #add(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, FNV_PRIME)
  }

  #codeOf(environment: string): number {
    let code = this.#codes.get(environment)
    if (code === undefined) this.#codes.set(environment, (code = this.#codes.size + 1))
    return code
  }
}

function showFields(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${show(value)}`)
    .join(' ')
}

function show(value: unknown): string {
  if (value instanceof Error) return showError(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** An error in one line: its code, its message and those of its causes. */
export function showError(error: Error): string {
  const own = `${isMillraceError(error) ? error.code : error.name}: ${error.message}`
  return error.cause instanceof Error ? `${own} <- ${showError(error.cause)}` : own
}
