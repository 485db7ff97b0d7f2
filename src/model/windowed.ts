/** A key within a window. */
export interface Windowed<out K> {
  readonly key: K
  /** Milliseconds since 1970. Of time windows `end` is exclusive, of session windows it is the time of the last record. */
  readonly window: { readonly start: number; readonly end: number }
}
