import { TopologyError } from '../base/errors.ts'
import { type SuppressParameters, suppressOperator } from '../operators/suppress-operator.ts'
import { suppressedTableView } from '../operators/views/suppressed-table-view.ts'
import type { TableViewSource } from '../operators/table-view.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { StoreOptions } from '../state/store-spec.ts'
import { checkName } from '../topology/check-name.ts'
import { storeDefinition } from '../topology/store-catalog.ts'
import { requireSerde } from '../topology/travelling-serde.ts'
import type { LogicalGraph } from './logical-graph.ts'
import type { LogicalNode } from './logical-node.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { DslCall } from './planned-stream.ts'
import type { PlannedTable, TableState } from './planned-table.ts'

/** What `suppress` is told. */
export interface SuppressCall extends DslCall, Pick<SuppressParameters, 'recordsMax' | 'bytesMax' | 'whenFull'> {
  /** How long changes are held back; `null`: until their windows close. */
  readonly limitMs: number | null
  readonly logging: StoreOptions['logging']
}

const prefix = 'KTABLE-SUPPRESS-'

/**
 * `suppress`. A given name burns no number, neither for the node nor for the store. Throws `TABLE_VERSIONED` for a table that keeps versions,
 * `WINDOWS_MISSING` for final results of what has no windows.
 */
export function planSuppress(table: PlannedTable, call: SuppressCall): PlannedTable {
  const { planner } = table
  const { recordsMax, bytesMax, whenFull, site } = call
  if (table.state.isVersioned) {
    throw new TopologyError(
      'TABLE_VERSIONED',
      `Cannot suppress changes of "${table.node.name}": the table keeps versions, required is a table that does not`,
      { processor: table.node.name },
    )
  }
  if (call.name !== undefined) checkName(call.name, 'a processor')
  const name = call.name ?? planner.names.generate(prefix)
  const waitMs = call.limitMs ?? graceAbove(planner.graph, table.node, [])
  const store = bufferOf(table, call)
  // What those behind the buffer know of a row is the old value of the first change that is held back.
  table.state.enableSendingOldValues(true)
  const parameters = { store: store.name, waitMs, isFinal: call.limitMs === null, recordsMax, bytesMax, whenFull }
  const node = processorNode({ name, site, factory: () => suppressOperator(parameters), stores: () => [store] })
  planner.graph.add([table.node], node)
  return { ...table, node, queryableName: null, state: new SuppressedTableState(table.state, store.name) }
}

function bufferOf(table: PlannedTable, { name, logging, site }: SuppressCall): StoreDefinition {
  const { planner } = table
  const storeName = name === undefined ? planner.names.generateStore(prefix) : `${name}-store`
  if (name === undefined && logging !== false) planner.generated.changelogs.push(`${storeName}-changelog`)
  const action = `keep store "${storeName}"`
  return storeDefinition({
    name: storeName,
    kind: 'change-buffer',
    format: 'plain',
    caching: false,
    key: requireSerde(table.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(table.value, planner.defaultValueSerde, { side: 'value', action, site }),
    options: { logging, supplier: 'in-memory' },
  })
}

/** The grace of the windows whose changes come to `node`, the longest if they come from several. `chain`: names of the nodes on the way. */
function graceAbove(graph: LogicalGraph, node: LogicalNode, chain: readonly string[]): number {
  if (node.kind === 'processor' && node.graceMs !== null) return node.graceMs
  const way = [node.name, ...chain]
  const parents = graph.parentsOf(node)
  if (parents.length === 0) {
    throw new TopologyError(
      'WINDOWS_MISSING',
      `Cannot wait until windows close: there are none above ${way.map((name) => `"${name}"`).join(' -> ')}, required is an aggregation of windows`,
      { processor: node.name },
    )
  }
  return Math.max(...parents.map((parent) => graceAbove(graph, parent, way)))
}

/** A table whose changes are held back: it keeps no store that could be read, but its rows can be looked up. */
class SuppressedTableState implements TableState {
  readonly store = null
  readonly isVersioned = false
  readonly #parent: TableState
  readonly #buffer: string

  constructor(parent: TableState, buffer: string) {
    this.#parent = parent
    this.#buffer = buffer
  }

  get sendsOldValues(): boolean {
    return this.#parent.sendsOldValues
  }

  enableSendingOldValues(force: boolean): boolean {
    return this.#parent.enableSendingOldValues(force)
  }

  keepStore(): boolean {
    return false
  }

  view(): TableViewSource {
    return suppressedTableView(this.#buffer, this.#parent.view())
  }
}
