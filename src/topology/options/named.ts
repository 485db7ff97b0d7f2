/** Options that can name the node of an operator. */
export interface Named {
  /** Name of the node, part of the names of what it makes: up to 249 letters, digits, `.`, `_` and `-`. Default: prefix and number. */
  readonly name?: string | undefined
}
