import type { Lifeline } from '../../src/base/environment.ts'
import type { EngineFactory, TaskEngine } from '../../src/state/engines/engine.ts'
import { memoryEngines } from '../../src/state/engines/memory/memory-engine.ts'
import { engineWith } from './engine-with.ts'

/** Told before and after committed rows are put into an engine; it may cut the lifeline. */
export type OnApply = (phase: 'before' | 'after') => void

/** `engines` as the instance of `lifeline` has them: what it does after its death does not reach them. */
export function mortalEngines(engines: EngineFactory, lifeline: Lifeline, onApply: OnApply): EngineFactory {
  return {
    open(taskId) {
      const engine = (lifeline.isCut ? memoryEngines : engines).open(taskId)
      return mortalEngine(engine, lifeline, onApply)
    },
    remove: (taskId) => {
      if (!lifeline.isCut) engines.remove(taskId)
    },
    taskIds: () => (lifeline.isCut ? [] : engines.taskIds()),
    // They are the disk, which outlives the instance.
    close: () => undefined,
  }
}

function mortalEngine(engine: TaskEngine, lifeline: Lifeline, onApply: OnApply): TaskEngine {
  const alive = (call: () => void): void => {
    if (!lifeline.isCut) call()
  }
  return engineWith(engine, {
    apply: (batches, isDurable) => {
      onApply('before')
      if (lifeline.isCut) return
      engine.apply(batches, isDurable)
      onApply('after')
    },
    flush: () => alive(() => engine.flush()),
    maintain: (nowMs) => alive(() => engine.maintain(nowMs)),
    wipe: (store) => alive(() => engine.wipe(store)),
    retain: (stores) => (lifeline.isCut ? [] : (engine.retain?.(stores) ?? [])),
    close: () => alive(() => engine.close()),
  })
}
