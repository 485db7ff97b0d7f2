/** Stands where a program does not fit: the compiler prints `Message` as the reason. */
export interface TypeProblem<Message extends string> {
  readonly __problem__: Message
}

type IsAny<T> = 0 extends 1 & T ? true : false

type NoPromise<T> =
  IsAny<T> extends true
    ? unknown
    : [Extract<T, PromiseLike<unknown>>] extends [never]
      ? unknown
      : TypeProblem<'records are processed synchronously: this function may not return a promise'>

/** What an action may return: anything but a promise. An intersection, so that `T` still types the returned expression. */
export type Action<T> = T & NoPromise<T>

/** What a function that makes keys or values may return: no promise, and no `undefined`. */
export type Value<T> = T &
  (IsAny<T> extends true
    ? unknown
    : [Extract<T, void>] extends [never]
      ? NoPromise<T>
      : TypeProblem<'a record has no undefined in it: return null to delete, or a value'>)

/** `T` without `null`. */
export type Present<T> = T extends null ? never : T

/** `null` if `T` has it. */
export type NullIn<T> = T extends null ? null : never
