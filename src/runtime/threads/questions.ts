import { errorFromData, errorToData } from './error-data.ts'
import type { FromThread, ToThread } from './messages.ts'

/** Questions that were put to another thread, by the side that asks. */
export class Questions {
  readonly #post: (message: ToThread) => void
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>()
  #nextId = 0
  #end: Error | null = null

  constructor(post: (message: ToThread) => void) {
    this.#post = post
  }

  /** Rejects with what answering has thrown, or with what `close` was given. */
  ask(question: unknown): Promise<unknown> {
    if (this.#end !== null) return Promise.reject(this.#end)
    const id = this.#nextId++
    const asked = Promise.withResolvers<unknown>()
    this.#pending.set(id, asked)
    this.#post({ kind: 'ask', id, question })
    return asked.promise
  }

  take({ id, answer, error }: FromThread & { readonly kind: 'answer' }): void {
    const asked = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === null) asked?.resolve(answer)
    else asked?.reject(errorFromData(error))
  }

  /** Nobody answers any more. */
  close(reason: Error): void {
    this.#end = reason
    for (const asked of this.#pending.values()) asked.reject(reason)
    this.#pending.clear()
  }
}

/** Answers a question with what `answer` gives or throws. */
export async function answerQuestion(
  { id, question }: ToThread & { readonly kind: 'ask' },
  answer: (question: unknown) => unknown,
  post: (message: FromThread) => void,
): Promise<void> {
  try {
    post({ kind: 'answer', id, answer: await answer(question), error: null })
  } catch (error) {
    post({ kind: 'answer', id, answer: null, error: errorToData(error) })
  }
}
