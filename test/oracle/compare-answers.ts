import type { Answer } from './run-scenario.ts'

/** What differs between the answer of Java and ours, a line each; empty: nothing. */
export function compareAnswers(java: Answer, ours: Answer): string[] {
  if (java.refused !== undefined || ours.refused !== undefined) {
    return java.refused !== undefined && ours.refused !== undefined ? [] : differ('refused', java.refused, ours.refused)
  }
  if (isDefect(java)) return []
  const differences = differ('describe()', java.describe, ours.describe)
  if (java.internalTopics !== undefined && ours.internalTopics !== undefined)
    differences.push(...differ('internal topics', java.internalTopics, ours.internalTopics))
  differences.push(...differ('error', failureOf(java), failureOf(ours), JSON.stringify([java.error, ours.error])))
  differences.push(...differ('dropped records', java.dropped, ours.dropped))
  differences.push(...differ('totals', totalsOf(java), totalsOf(ours)))
  // Some mistakes are found later here, when other nodes are wrapped already.
  const isBuilt = java.error?.where !== 'build' || ours.error?.where !== 'build'
  // After a failure Java closes its nodes first, and what is in caches then goes nowhere.
  const printed = java.error === undefined ? ours.printed : ours.printed?.slice(0, java.printed?.length ?? 0)
  if (isBuilt) differences.push(...differ('printed', java.printed ?? [], printed ?? []))
  const names = new Set([...Object.keys(java.topics ?? {}), ...Object.keys(ours.topics ?? {})])
  for (const name of names)
    differences.push(...differ(`topic "${name}"`, java.topics?.[name], withFreedBytes(ours.topics?.[name], java.topics?.[name])))
  differences.push(...differ('stores', java.reads, ours.reads))
  differences.push(...differ('restored stores', java.restored, ours.restored))
  return differences
}

/** What Java says of topologies that it cannot build for reasons of its own: README, "What is not judged". */
const defects = ['Found a null keyChangingChild node', 'is not added yet']

function isDefect({ error }: Answer): boolean {
  return error?.where === 'build' && defects.some((text) => error.message.includes(text))
}

/**
 * `lines` with the dead letters that have lost their key and value in Java, which frees the bytes of a record that was written before it
 * failed. Ours keep them: a deliberate difference.
 */
function withFreedBytes(lines: readonly string[] | undefined, java: readonly string[] | undefined): readonly string[] | undefined {
  return lines?.map((line, index) => {
    const isFreed = line.includes('__streams.errors.topic=') && java?.[index]?.startsWith('null null ') === true
    return isFreed ? line.replace(/^\S* \S* /, 'null null ') : line
  })
}

/** Without those that the README lists under "What is not judged". */
function totalsOf({ totals, dropped, topics, describe = '' }: Answer): Answer['totals'] {
  if (totals === undefined) return undefined
  const hasPattern = /\(topics: (?!\[)/.test(describe)
  const ofDeadLetters = Object.keys(topics ?? {}).filter((name) => topics![name]!.some((line) => line.includes('__streams.errors.')))
  const compared = Object.entries(totals).filter(([key]) => {
    if (key === 'enforced-processing-total') return !hasPattern && dropped === 0
    return !(key.startsWith('bytes-') && ofDeadLetters.some((name) => key.endsWith(` ${name}`)))
  })
  return Object.fromEntries(compared)
}

function failureOf({ error }: Answer): string | undefined {
  return error === undefined ? undefined : `${error.kind} at ${error.where}`
}

function differ(what: string, java: unknown, ours: unknown, more = ''): string[] {
  const [a, b] = [canonical(java), canonical(ours)]
  return a === b ? [] : [`${what}: Java ${a}`, `${what}: ours ${b}${more === '' ? '' : ` ${more}`}`]
}

/** JSON with sorted properties. */
function canonical(given: unknown): string {
  if (typeof given === 'string' && given.includes('\n')) return `\n${given}`
  return (
    JSON.stringify(given, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    ) ?? 'nothing'
  )
}
