import { type ErrorCode, infoOf } from './error-codes.ts'

const brand = Symbol.for('millrace.error')

/** What an error is about: typed fields, only those that are known. */
export interface ErrorDetails {
  readonly cause?: unknown
  readonly taskId?: string | undefined
  readonly processor?: string | undefined
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  readonly offset?: number | undefined
  readonly store?: string | undefined
  readonly configKey?: string | undefined
  /** Kafka's numeric error code (N§0.4), where a broker gave one. */
  readonly kafkaCode?: number | undefined
}

/**
 * The base of every error that Millrace throws on purpose. `code` is from one table (`error-codes.ts`), which says what it means and
 * what to do. Recognise it with `isMillraceError`, which also works across two copies of the package.
 */
export abstract class MillraceError extends Error {
  readonly code: ErrorCode
  /** Whether the same action may succeed when it is tried again. */
  readonly retriable: boolean
  readonly taskId: string | undefined
  readonly processor: string | undefined
  readonly topic: string | undefined
  readonly partition: number | undefined
  readonly offset: number | undefined
  readonly store: string | undefined
  readonly configKey: string | undefined
  readonly kafkaCode: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.retriable = infoOf(code).retriable
    this.taskId = details.taskId
    this.processor = details.processor
    this.topic = details.topic
    this.partition = details.partition
    this.offset = details.offset
    this.store = details.store
    this.configKey = details.configKey
    this.kafkaCode = details.kafkaCode
    Object.defineProperty(this, brand, { value: true })
  }
}

/** Wrong use: the topology cannot be built or does not fit the cluster. */
export class TopologyError extends MillraceError {
  override readonly name = 'TopologyError'
}

/** Wrong use: a configuration key or value. */
export class ConfigError extends MillraceError {
  override readonly name = 'ConfigError'
}

/** Bytes that cannot be read or values that cannot be written. */
export class SerdeError extends MillraceError {
  override readonly name = 'SerdeError'
}

/** A state store that cannot do what was asked. */
export class StoreError extends MillraceError {
  override readonly name = 'StoreError'
}

/** The cluster, the connection to it, or what it sent. */
export class ClusterError extends MillraceError {
  override readonly name = 'ClusterError'
}

/** A task or stream thread that cannot go on. */
export class TaskError extends MillraceError {
  override readonly name = 'TaskError'
}

/** An interactive query that cannot be answered here and now. */
export class QueryError extends MillraceError {
  override readonly name = 'QueryError'
}

/** Whether `error` is Millrace's, thrown by this or another copy of the package. */
export function isMillraceError(error: unknown): error is MillraceError {
  return typeof error === 'object' && error !== null && brand in error
}
