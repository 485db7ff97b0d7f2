import type { StreamRecord } from '../../model/stream-record.ts'

/** A node of an open task, as its parents see it. */
export interface OpenNode {
  readonly name: string
  // oxlint-disable-next-line typescript/no-explicit-any -- nodes are untyped among themselves: the DSL has checked what flows where
  process(record: StreamRecord<any, any>): void
}
