const form = /^by_duration:P(?=\d|T\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,9}))?S)?)?$/i

/** What a value of `auto.offset.reset` means; `byDuration` in milliseconds, rounded down. */
export type ConfiguredReset = 'earliest' | 'latest' | 'none' | { readonly byDuration: number }

/** Reads `auto.offset.reset` as Kafka spells it: a word, or `by_duration:` with a length of time of ISO 8601 (KIP-1106). `null`: it is neither. */
export function parseOffsetReset(text: string): ConfiguredReset | null {
  if (text === 'earliest' || text === 'latest' || text === 'none') return text
  const parts = form.exec(text)
  if (parts === null) return null
  const [days, hours, minutes, seconds] = parts.slice(1, 5).map((part) => Number(part ?? 0)) as [number, number, number, number]
  const fraction = Number((parts[5] ?? '').slice(0, 3).padEnd(3, '0'))
  const byDuration = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + fraction
  return Number.isSafeInteger(byDuration) ? { byDuration } : null
}
