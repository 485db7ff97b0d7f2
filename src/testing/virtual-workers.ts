import { localChannel } from '../base/workers/local-channel.ts'
import type { ProgramThread } from '../base/workers/workers.ts'
import type { ThreadOrder } from '../runtime/threads/messages.ts'
import { runThreadProgram, type ThreadSurroundings } from '../runtime/threads/thread-program.ts'

/**
 * Stream threads that are workers, in this thread and on virtual time: everything that goes between them and the main thread does so in
 * messages that are copied, but nothing runs beside anything else.
 */
export function virtualWorkers(surroundings: ThreadSurroundings): (order: ThreadOrder) => ProgramThread {
  return (order) => {
    const [channel, itsChannel] = localChannel(surroundings.environment.scheduler)
    const thread: ProgramThread = { channel, onEnd: null, kill: () => itsChannel.close() }
    void runThreadProgram(itsChannel, order, surroundings)
      .then(() => channel.whenOver)
      .then(() => thread.onEnd?.(null))
    return thread
  }
}
