const inspect = Symbol.for('nodejs.util.inspect.custom')
const SHOWN = '[secret]'

/** A text that must not come into a log or an error: whatever prints it (text, JSON, `util.inspect`) prints `[secret]`. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    Object.defineProperty(this, inspect, { value: () => SHOWN })
  }

  /** The text itself, for the one place that needs it. */
  reveal(): string {
    return this.#text
  }

  /** `text` with the secret blacked out, for texts that others have made. */
  redact(text: string): string {
    return this.#text === '' ? text : text.replaceAll(this.#text, SHOWN)
  }

  toString(): string {
    return SHOWN
  }

  toJSON(): string {
    return SHOWN
  }
}
