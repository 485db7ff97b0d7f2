import type { KStream } from './kstream.ts'

/** The branches of `split`, by name. */
export type Predicates<K, V> = Readonly<Record<string, (key: K, value: V) => boolean>>

/** The streams of the branches. A type guard narrows its branch. */
export type Branches<K, V, B> = {
  // oxlint-disable-next-line typescript/no-explicit-any -- matches a guard of any type
  readonly [N in keyof B]: B[N] extends ((key: any, value: any) => value is infer W) ? KStream<K, W & V> : KStream<K, V>
}
