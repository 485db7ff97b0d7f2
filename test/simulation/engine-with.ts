import type { TaskEngine } from '../../src/state/engines/engine.ts'

/** `engine`, of which some calls are others. */
export function engineWith(engine: TaskEngine, others: Partial<TaskEngine>): TaskEngine {
  return {
    get kind() {
      return engine.kind
    },
    kindOf: (store) => engine.kindOf?.(store) ?? engine.kind,
    store: (name) => engine.store(name),
    readMeta: (store) => engine.readMeta(store),
    apply: (batches, isDurable) => engine.apply(batches, isDurable),
    wipe: (store) => engine.wipe(store),
    retain: (stores) => engine.retain?.(stores) ?? [],
    flush: () => engine.flush(),
    maintain: (nowMs) => engine.maintain(nowMs),
    close: () => engine.close(),
    ...others,
  }
}
