import type { Environment } from '../../base/environment.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { readProcessId, stateDirectoryPath } from './state-directory.ts'
import { chooseEngines } from './store-engines.ts'
import { usable } from './usable-directory.ts'

/**
 * The id of an instance in its group: that of the instance which had the state directory before, so that the group gives it the tasks whose
 * state it has; a new one where nothing is kept. Throws as `chooseEngines`, and `ConfigError`
 * `STATE_DIRECTORY_UNUSABLE`.
 */
export function processIdOf(
  topology: PhysicalTopology,
  { applicationId, state }: Pick<ResolvedConfig, 'applicationId' | 'state'>,
  environment: Environment,
): string {
  const { directory, engine } = state
  // Which of the default directories will be free is not known yet.
  const isKept = directory !== null && chooseEngines(topology, engine).arePersistent
  if (!isKept) return environment.random.uuid()
  const path = stateDirectoryPath(directory, applicationId)
  return usable(path, 'read', () => readProcessId(environment.disk, path)) ?? environment.random.uuid()
}
