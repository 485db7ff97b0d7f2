/** Whether two types are equal, invariantly. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** `expectType<Expected>()(value)` compiles only if the type of `value` is `Expected`. Does nothing at run time. */
export function expectType<Expected>(): <Actual>(
  value: Actual,
  ...proof: Equal<Actual, Expected> extends true ? [] : [error: 'types differ', got: Actual]
) => void {
  return () => undefined
}
