/** Listeners by event name, each event with the types of its arguments. Listeners run synchronously in the order in which they were added. */
export class EventEmitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #listeners = new Map<keyof Events, Set<(...args: never) => void>>()

  on<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined) this.#listeners.set(event, new Set([listener]))
    else listeners.add(listener)
  }

  off<E extends keyof Events>(event: E, listener: (...args: Events[E]) => void): void {
    this.#listeners.get(event)?.delete(listener)
  }

  /** Removes all listeners of `event`. */
  clear<E extends keyof Events>(event: E): void {
    this.#listeners.delete(event)
  }

  /** Whether anybody listened. */
  emit<E extends keyof Events>(event: E, ...args: Events[E]): boolean {
    const listeners = this.#listeners.get(event)
    if (listeners === undefined || listeners.size === 0) return false
    for (const listener of [...listeners] as ((...args: Events[E]) => void)[]) listener(...args)
    return true
  }
}
