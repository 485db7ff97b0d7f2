import { callProcessors } from './calls.ts'
import type { FixedProcessorArea, ProcessorArea } from './context.ts'
import { globalProcessors } from './global.ts'
import { keyValueFixedProcessors, keyValueProcessors } from './key-values.ts'
import { plainFixedProcessors, plainProcessors } from './plain.ts'
import { sessionProcessors } from './sessions.ts'
import { timerFixedProcessors, timerProcessors } from './timers.ts'
import { versionedProcessors } from './versioned.ts'
import { windowProcessors } from './windows.ts'

/** Processors of `process`, by name: what java/processors/Processors.java has. */
export const processors: ProcessorArea = {
  ...plainProcessors,
  ...timerProcessors,
  ...keyValueProcessors,
  ...globalProcessors,
  ...windowProcessors,
  ...versionedProcessors,
  ...sessionProcessors,
  ...callProcessors,
}

/** Processors of `processValues`, by name. */
export const fixedProcessors: FixedProcessorArea = { ...plainFixedProcessors, ...timerFixedProcessors, ...keyValueFixedProcessors }
