import { assert } from '../../base/assert.ts'
import type { RecordCollector } from '../task/record-collector.ts'

/** Of the global stores, which write to no topic: they have no sinks, no changelogs and no dead letters. */
export const noCollector: RecordCollector = {
  topic: refuse,
  send: refuse,
  acknowledgedOffset: refuse,
  stickyPartition: refuse,
  whenKnown: refuse,
  originNumber: refuse,
}

function refuse(): never {
  assert(false, 'global stores write to no topic')
}
