import type { CoordinatorPlacement } from './coordinator-placement.ts'
import type { Handler } from './handler.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import type { Nodes } from './nodes.ts'

const KEY_GROUP = 0
const KEY_TRANSACTION = 1
/** From this version on a request has several keys. */
const SEVERAL_KEYS = 4

/** Answers FindCoordinator for groups and transactional ids. A coordinator that is still loading is found as well. */
export function findCoordinatorHandler(
  nodes: Nodes,
  groups: CoordinatorPlacement,
  transactions: CoordinatorPlacement,
): Handler<'FindCoordinator'> {
  const find = (keyType: number, key: string) => {
    const placement = keyType === KEY_GROUP ? groups : keyType === KEY_TRANSACTION ? transactions : null
    if (placement === null || (keyType === KEY_TRANSACTION && key === '')) {
      return { nodeId: -1, host: '', port: -1, errorCode: kafkaErrors.INVALID_REQUEST, errorMessage: null }
    }
    const node = nodes.get(placement.nodeOf(key))
    return { nodeId: node.id, ...node.endpoint, errorCode: kafkaErrors.NONE, errorMessage: null }
  }
  return (request, version) => {
    if (version < SEVERAL_KEYS) return { throttleTimeMs: 0, ...find(request.keyType, request.key), coordinators: [] }
    return {
      throttleTimeMs: 0,
      errorCode: kafkaErrors.NONE,
      errorMessage: null,
      nodeId: 0,
      host: '',
      port: 0,
      coordinators: request.coordinatorKeys.map((key) => ({ key, ...find(request.keyType, key) })),
    }
  }
}
