import { type Duration, durationMs } from '../base/durations.ts'
import { TopologyError } from '../base/errors.ts'
import type { DslStoreOptions } from '../state/dsl-store-suppliers.ts'
import { type SessionLayout, sessionLayout } from '../state/sessions/session-layout.ts'
import type { StoreFormat, StoreOptions } from '../state/store-spec.ts'
import { type TimeOrdered, type WindowLayout, windowLayout } from '../state/windows/window-layout.ts'

/**
 * The options of a store for which `answer` was given. `usual` is the format that was asked for: persistent stores have it, in-memory ones of
 * Java know no other than that of the operator.
 */
export function suppliedOptions(options: StoreOptions, { supplier, format }: DslStoreOptions, usual: StoreFormat): StoreOptions {
  const chosen = format ?? (supplier === 'persistent' ? usual : options.format)
  return chosen === undefined ? { ...options, supplier } : { ...options, supplier, format: chosen }
}

/** `layout` as `answer` says. `format` is the store's. Throws `TopologyError` `STORE_OPTION` for a retention below the size of the windows. */
export function suppliedWindowLayout(
  store: string,
  layout: WindowLayout,
  { supplier, retention, order }: DslStoreOptions,
  format: StoreFormat | undefined,
): WindowLayout {
  const { sizeMs, retainsDuplicates } = layout
  const retentionMs = retentionOf(retention, layout.retentionMs)
  if (retentionMs < sizeMs) {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot make store "${store}": windowStore() of its DslStoreSuppliers gave a retention of ${retentionMs} ms, required is the size of the windows, ${sizeMs} ms, or more`,
      { store },
    )
  }
  const isExact = supplier === 'in-memory'
  const byTime = format === 'headers' ? 'index' : layout.timeOrdered === 'no' ? 'rows' : layout.timeOrdered
  const orders: Readonly<Record<string, TimeOrdered>> = {
    key: 'no',
    time: format === 'headers' ? 'index' : 'rows',
    'indexed-time': 'index',
  }
  const persistent = order === undefined ? (layout.timeOrdered === 'no' ? 'no' : byTime) : orders[order]!
  return windowLayout({ sizeMs, retentionMs, isExact, retainsDuplicates, timeOrdered: isExact ? 'no' : persistent })
}

/** As `suppliedWindowLayout`, for sessions. */
export function suppliedSessionLayout(
  { retentionMs, hasEndIndex }: SessionLayout,
  { supplier, retention }: DslStoreOptions,
): SessionLayout {
  return sessionLayout({
    retentionMs: retentionOf(retention, retentionMs),
    isExact: supplier === 'in-memory',
    hasEndIndex,
  })
}

/** Unlimited windows are kept for ever, and whoever was asked may give that back. */
function retentionOf(answer: Duration | undefined, asked: number): number {
  if (answer === undefined) return asked
  return answer === Infinity ? Infinity : durationMs(answer, 'retention')
}
