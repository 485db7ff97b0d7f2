import { Change } from '../model/change.ts'
import type { NodeContext, ProcessorFactory } from '../processor/node-context.ts'
import type { RecordContext } from '../record/record-context.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { checkResult } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'
import type { TableParameters } from './table-source-operator.ts'
import type { TableView, TableViewSource } from './table-view.ts'

/** Makes the function that gives each row its new value; called once per node and once per view of it, so what it keeps belongs to one. */
export type OpenTransformer = (context: NodeContext) => (value: unknown, key: unknown) => unknown

/** Parameters of `tableTransformValuesOperator`. */
export interface TableTransformValuesParameters extends TableParameters {
  readonly open: OpenTransformer
}

/**
 * Gives each row the value that the user's function returns, `null` = no row. Unlike a mapper it is called for deletions, too, and it may
 * use stores. Without a store of its own it is called again on the old value where that is needed (P§2.3).
 */
export function tableTransformValuesOperator({ open, store, sendOldValues }: TableTransformValuesParameters): ProcessorFactory {
  return (context) => {
    const transformer = open(context)
    const table = store === null ? null : new MaterializedTable(context, store, sendOldValues)
    const transformed = (value: unknown, key: unknown): unknown => checkResult(transformer(value, key), 'the function of transformValues()')
    return {
      process(record) {
        const { key } = record
        const change: Change<unknown> = record.value
        const newValue = transformed(change.newValue, key)
        if (table === null) {
          const oldValue = sendOldValues ? transformed(change.oldValue, key) : null
          context.forward(record.withValue(new Change(newValue, oldValue, change.isLatest)))
        } else {
          const oldValue = sendOldValues ? table.rows.get(key) : null
          table.update(record, { newValue, oldValue, timestamp: record.timestamp })
        }
      },
    }
  }
}

/**
 * The rows of a transformed table that keeps none: a function of their own computes them on each read, also where the parent has no row. As in
 * Java only the parent's stores are connected to the node that reads.
 */
export function transformedTableView(parent: TableViewSource, open: OpenTransformer): TableViewSource {
  return { stores: parent.stores, open: (context) => new TransformedTableView(context, parent, open) }
}

class TransformedTableView implements TableView {
  readonly isVersioned: boolean
  foundTimestamp = -1
  readonly #context: NodeContext
  readonly #parent: TableView
  readonly #transformer: (value: unknown, key: unknown) => unknown
  /** What the function is told of the row's record: its time, if there is a row. */
  readonly #record: RecordContext = { topic: null, partition: -1, offset: -1, timestamp: -1, headers: recordHeaders() }
  #key: unknown = null
  #value: unknown = null
  readonly #transform: () => void

  constructor(context: NodeContext, parent: TableViewSource, open: OpenTransformer) {
    this.#context = context
    this.#parent = parent.open(context)
    this.isVersioned = this.#parent.isVersioned
    this.#transformer = open(context)
    this.#transform = () => {
      this.#value = checkResult(this.#transformer(this.#value, this.#key), 'the function of transformValues()')
    }
  }

  get(key: unknown): unknown {
    return this.#transformed(key, this.#parent.get(key))
  }

  getAsOf(key: unknown, timestamp: number): unknown {
    return this.#transformed(key, this.#parent.getAsOf(key, timestamp))
  }

  #transformed(key: unknown, given: unknown): unknown {
    const timestamp = given === null ? -1 : this.#parent.foundTimestamp
    this.#record.timestamp = timestamp
    this.#key = key
    this.#value = given
    this.#context.withRecordContext(this.#record, this.#transform)
    const value = this.#value
    this.foundTimestamp = value === null ? -1 : timestamp
    return value
  }
}
