import type { Materialization } from './materialization.ts'
import type { Planner } from './planner.ts'

/** Generates the name of a store, and remembers that it was generated (P§10.5). */
export function generateStoreName(planner: Planner, prefix: string, { options }: Pick<Materialization, 'options'>): string {
  const name = planner.names.generateStore(prefix)
  planner.generated.stores.push(name)
  if (options.logging !== false) planner.generated.changelogs.push(`${name}-changelog`)
  return name
}
