import type { Area, Operator } from '../flow.ts'
import { ScenarioError } from '../options.ts'
import { cogroupOperators } from './cogroup.ts'
import { globalTableOperators } from './global-tables.ts'
import { foreignKeyOperators } from './foreign-keys.ts'
import { groupedOperators } from './grouped.ts'
import { handOperators } from './hand.ts'
import { processOperators } from './processors.ts'
import { sessionOperators } from './sessions.ts'
import { sourceOperators } from './sources.ts'
import { streamJoinOperators } from './stream-joins.ts'
import { streamTableJoinOperators } from './stream-table-joins.ts'
import { suppressOperators } from './suppress.ts'
import { streamOperators } from './streams.ts'
import { tableJoinOperators } from './table-joins.ts'
import { tableOperators } from './tables.ts'
import { windowOperators } from './windows.ts'

/** All areas; java/operators/Operators.java has the same. */
const areas: readonly Area[] = [
  sourceOperators,
  streamOperators,
  tableOperators,
  groupedOperators,
  windowOperators,
  sessionOperators,
  cogroupOperators,
  processOperators,
  globalTableOperators,
  handOperators,
  foreignKeyOperators,
  tableJoinOperators,
  streamJoinOperators,
  streamTableJoinOperators,
  suppressOperators,
]

const operators = new Map<string, Operator>()
for (const area of areas) {
  for (const [kind, byOp] of Object.entries(area)) {
    for (const [op, operator] of Object.entries(byOp)) {
      if (operators.has(`${kind}: ${op}`)) throw new Error(`Operator "${op}" on a ${kind} is there twice`)
      operators.set(`${kind}: ${op}`, operator)
    }
  }
}

/** The operator `op` after a flow of that kind. Throws `ScenarioError` where there is none. */
export function operatorOf(kind: string, op: string): Operator {
  const found = operators.get(`${kind}: ${op}`)
  if (found === undefined) throw new ScenarioError(`operator "${op}" is not known on a ${kind}`)
  return found
}

/** Every `kind: op` there is. */
export function knownOperators(): readonly string[] {
  return [...operators.keys()]
}
