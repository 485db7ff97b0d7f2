import type { Logger } from '../../base/environment.ts'
import { errorToData, errorFromData, type ErrorData } from './error-data.ts'
import type { FromThread } from './messages.ts'

type LogMessage = FromThread & { readonly kind: 'log' }

/** A logger whose lines are posted. `isSilent`: those of that level are not. */
export function postedLogger(post: (message: LogMessage) => void, isSilent: (level: LogMessage['level']) => boolean): Logger {
  const write =
    (level: LogMessage['level']) =>
    (fields: object, message: string): void => {
      if (!isSilent(level)) post({ kind: 'log', level, fields: plainFields(fields), message })
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** Writes a line that was posted. */
export function writePosted({ level, fields, message }: LogMessage, logger: Logger): void {
  logger[level](Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, restored(value)])), message)
}

/** Stands for an error among the fields. */
interface PostedError {
  readonly postedError: ErrorData
}

/** What can be cloned stays, errors become data, anything else its text. */
function plainFields(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, posted(value)]))
}

function posted(value: unknown): unknown {
  if (value instanceof Error) return { postedError: errorToData(value) } satisfies PostedError
  if (typeof value === 'function' || typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null) return value
  try {
    return structuredClone(value)
  } catch {
    // It has a function in it, for instance.
    return JSON.stringify(value)
  }
}

function restored(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'postedError' in value ? errorFromData((value as PostedError).postedError) : value
}
