import type { Materialization } from './materialization.ts'
import type { Planner } from './planner.ts'

/** Generates the name of a store. */
export function generateStoreName(planner: Planner, prefix: string, { options }: Pick<Materialization, 'options'>): string {
  const name = planner.names.generateStore(prefix)
  noteGenerated(planner, name, options.logging !== false)
  return name
}

/** Remembers that nobody gave the name of a store, nor that of its changelog (P§10.5). */
export function noteGenerated({ generated }: Planner, store: string, isLogged: boolean): void {
  generated.stores.push(store)
  if (isLogged) generated.changelogs.push(`${store}-changelog`)
}
