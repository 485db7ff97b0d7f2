import type { Environment } from '../../base/environment.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { readProcessId, stateDirectoryPath } from './state-directory.ts'
import { chooseEngines } from './store-engines.ts'

/**
 * The id of an instance in its group: that of the instance which had the state directory before, so that the group gives it the tasks whose
 * state it has; a new one where nothing is kept. Throws as `chooseEngines`, and what the disk throws.
 */
export function processIdOf(
  topology: PhysicalTopology,
  { applicationId, state }: Pick<ResolvedConfig, 'applicationId' | 'state'>,
  environment: Environment,
): string {
  const { directory, engine } = state
  // Which of the default directories will be free is not known yet.
  const isKept = directory !== null && chooseEngines(topology, engine).arePersistent
  return (isKept ? readProcessId(environment.disk, stateDirectoryPath(directory, applicationId)) : null) ?? environment.random.uuid()
}
