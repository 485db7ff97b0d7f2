import { QueryError } from '../base/errors.ts'
import { Position } from '../state/position.ts'

/** Why a partition did not answer (Java's `FailureReason`). */
export type FailureReason =
  /** Stores of this kind do not answer such queries. */
  | 'UNKNOWN_QUERY_TYPE'
  /** `requireActive`, and the task does not run here. */
  | 'NOT_ACTIVE'
  /** The store does not reflect the position bound yet. */
  | 'NOT_UP_TO_BOUND'
  /** This instance does not have the partition. */
  | 'NOT_PRESENT'
  /** The store has no such partition. */
  | 'DOES_NOT_EXIST'
  /** The store threw. */
  | 'STORE_EXCEPTION'

/** The answer of one partition. */
export type QueryResult<R> = QuerySuccess<R> | QueryFailure

/** A partition has answered. */
export interface QuerySuccess<out R> {
  readonly isSuccess: true
  readonly result: R
  /** Which input records the answer reflects. */
  readonly position: Position
  /** What was done, with times; only if it was asked for. */
  readonly executionInfo: readonly string[]
}

/** A partition has not answered. */
export interface QueryFailure {
  readonly isSuccess: false
  readonly reason: FailureReason
  readonly message: string
  /** Which input records the store reflects, as far as it was looked at. */
  readonly position: Position
  readonly executionInfo: readonly string[]
}

/** The answers of all partitions that were asked (Java's `StateQueryResult`). */
export class StateQueryResult<out R> {
  /** By partition, ascending. Of a global store it is empty. */
  readonly partitionResults: ReadonlyMap<number, QueryResult<R>>
  /** Of a global store; else `null`. */
  readonly globalResult: QueryResult<R> | null

  constructor(partitionResults: ReadonlyMap<number, QueryResult<R>>, globalResult: QueryResult<R> | null) {
    this.partitionResults = partitionResults
    this.globalResult = globalResult
  }

  /**
   * The one answer there is, for queries of single keys: of the partition that has found something; `null` if none has. Throws `QueryError`
   * `QUERY_AMBIGUOUS` if several have.
   */
  get onlyPartitionResult(): QuerySuccess<R> | null {
    const found = [...this.partitionResults].filter(([, result]) => result.isSuccess && result.result !== null)
    if (found.length > 1) {
      throw new QueryError(
        'QUERY_AMBIGUOUS',
        `Cannot give the only result of a query: partitions ${found.map(([partition]) => partition).join(', ')} have one each; read partitionResults`,
      )
    }
    return (found[0]?.[1] as QuerySuccess<R> | undefined) ?? null
  }

  /** Which input records all answers together reflect: give it to a later query as its bound to see no older state. */
  get position(): Position {
    if (this.globalResult !== null) return this.globalResult.position
    let position = Position.empty
    for (const result of this.partitionResults.values()) position = position.merge(result.position)
    return position
  }
}
