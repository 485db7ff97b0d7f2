/** `text` with each lone surrogate replaced by `?`: what Java encodes in its place, where Node would write U+FFFD. */
export function lossyUtf8(text: string): string {
  return text.isWellFormed() ? text : text.replaceAll(/\p{Surrogate}/gu, '?')
}
