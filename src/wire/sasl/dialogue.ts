import { ClusterError } from '../../base/errors.ts'
import type { SaslAnswer, SaslExchange } from './mechanism.ts'

/** No mechanism needs more messages; a broker that goes on is none. */
const MESSAGES_MAX = 4

/** An exchange as the client speaks it: a message for each thing that the broker says. */
export interface SaslDialogue {
  /** The message that begins it. */
  readonly first: Buffer
  /**
   * What to send next, or `null` when the exchange is over. Throws `ClusterError` `AUTHENTICATION_FAILED` for an answer that cannot be
   * trusted.
   */
  next(answer: Buffer): Buffer | null
}

/** The exchange of `mechanism` in which the client speaks `dialogue`. Rejects AUTHENTICATION_FAILED when the broker does not come to an end. */
export function speak(mechanism: string, dialogue: SaslDialogue): SaslExchange {
  return async ({ ask }) => {
    let answer: SaslAnswer = await ask(dialogue.first)
    for (let messages = 1; messages <= MESSAGES_MAX; messages++) {
      const message = dialogue.next(answer.authBytes)
      if (message === null) return answer
      answer = await ask(message)
    }
    throw new ClusterError('AUTHENTICATION_FAILED', `Cannot authenticate with ${mechanism}: the broker asks on and on`)
  }
}
