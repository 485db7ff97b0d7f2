import type { EngineFactory, TaskEngine } from '../../src/state/engines/engine.ts'
import { RestoreBatch } from '../../src/state/restore-batch.ts'
import { engineWith } from '../simulation/engine-with.ts'

/**
 * A deliberate break, to see that it is found: `engines` that make the offsets of a batch durable before its rows. As long as the process
 * lives nobody notices.
 */
export function offsetsFirst(engines: EngineFactory): EngineFactory {
  return {
    open: (taskId) => offsetsFirstIn(engines.open(taskId)),
    remove: (taskId) => engines.remove(taskId),
    taskIds: () => engines.taskIds(),
    close: () => engines.close(),
  }
}

function offsetsFirstIn(engine: TaskEngine): TaskEngine {
  return engineWith(engine, {
    apply: (batches, isDurable) => {
      engine.apply(batches.map((batch) => ({ ...batch, rows: new RestoreBatch([], { prefixBytes: 0 }) })))
      engine.flush()
      engine.apply(
        batches.map((batch) => ({ ...batch, meta: null })),
        isDurable,
      )
    },
  })
}
