import type { ErrorCode } from '../../base/error-codes.ts'
import {
  ClusterError,
  ConfigError,
  type ErrorDetails,
  isMillraceError,
  QueryError,
  SerdeError,
  StoreError,
  TaskError,
  TopologyError,
} from '../../base/errors.ts'

/** An error as data that can be posted. Of errors that are not Millrace's name, message, stack, code and cause come through. */
export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly stack: string
  readonly code: string | number | null
  /** Whether it is one of Millrace's. */
  readonly isOurs: boolean
  readonly details: Omit<ErrorDetails, 'cause'>
  readonly cause: ErrorData | null
}

/** Causes deeper than that are left out. */
const CAUSES_MAX = 8

const ourClasses = { ClusterError, ConfigError, QueryError, SerdeError, StoreError, TaskError, TopologyError }

/** What was thrown, as data. */
export function errorToData(thrown: unknown, causesMax: number = CAUSES_MAX): ErrorData {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const isOurs = isMillraceError(error)
  const code: unknown = 'code' in error ? error.code : null
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? '',
    code: typeof code === 'string' || typeof code === 'number' ? code : null,
    isOurs,
    details: isOurs ? detailsOf(error) : {},
    cause: error.cause === undefined || causesMax === 0 ? null : errorToData(error.cause, causesMax - 1),
  }
}

/** The error that `errorToData` was given: of Millrace's the same class, of others an `Error` with the name. */
export function errorFromData(data: ErrorData): Error {
  const cause = data.cause === null ? {} : { cause: errorFromData(data.cause) }
  const error = data.isOurs ? ours(data, cause) : foreign(data, cause)
  if (data.stack !== '') error.stack = data.stack
  return error
}

function ours({ name, code, message, details }: ErrorData, cause: { readonly cause?: Error }): Error {
  const Class = ourClasses[name as keyof typeof ourClasses] ?? TaskError
  return new Class(code as ErrorCode, message, { ...details, ...cause })
}

function foreign({ name, code, message }: ErrorData, cause: { readonly cause?: Error }): Error {
  const error = new Error(message, cause)
  if (name !== error.name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  return code === null ? error : Object.assign(error, { code })
}

function detailsOf(error: ErrorDetails): Omit<ErrorDetails, 'cause'> {
  const { taskId, processor, topic, partition, offset, store, configKey, kafkaCode } = error
  return { taskId, processor, topic, partition, offset, store, configKey, kafkaCode }
}
