import { assert } from '../../base/assert.ts'
import type { StoreGround } from './composed-store.ts'
import type { OverlayStore } from '../layers/overlay.ts'
import { PositionTracker } from '../position.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import type { SortedBytesStore } from '../sorted-bytes-store.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { isLru } from '../store-spec.ts'
import type { TaskStateOptions } from '../task-state-options.ts'

/** What a query sees (KIP-892): `read_uncommitted` also what is not committed yet. */
export type Isolation = 'read_committed' | 'read_uncommitted'

/** The ground of a store of the same kind that only reads `rows`: without cache and changelog, and apart from the record in hand. */
export function readGround(definition: StoreDefinition, rows: SortedBytesStore, options: TaskStateOptions): StoreGround {
  const { supplier } = definition
  return {
    definition: { ...definition, caching: false, supplier: isLru(supplier) ? 'in-memory' : supplier },
    committed: rows,
    overlay: readOnly(rows),
    options: {
      ...options,
      // As in Java, the serdes see no headers.
      recordContext: { topic: null, partition: -1, offset: -1, timestamp: -1, headers: recordHeaders() },
      changelogOf: () => null,
      cache: null,
      dropped: undefined,
    },
    scans: { openScans: 0 },
    positions: { rows: new PositionTracker(), cache: new PositionTracker() },
  }
}

function readOnly(rows: SortedBytesStore): OverlayStore {
  const refuse = (): never => {
    assert(false, 'What a query reads is not written to')
  }
  return {
    get: (key, into) => rows.get(key, into),
    scan: (range, isReverse) => rows.scan(range, isReverse),
    get rowCount() {
      return rows.rowCount
    },
    uncommittedBytes: 0,
    expiredBelow: null,
    expireBelow: refuse,
    put: refuse,
    changes: refuse,
    drop: refuse,
  }
}
