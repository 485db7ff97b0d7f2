import { TopologyError } from '../base/errors.ts'

const lengthMax = 249
const allowed = /^[a-zA-Z0-9._-]+$/

/** Throws `TopologyError` `NAME_INVALID` unless `name` can be part of a topic name (P§1.2): `what` says what it names. */
export function checkName(name: string, what: string): void {
  const problem = problemOf(name)
  if (problem !== null) throw new TopologyError('NAME_INVALID', `Cannot use ${JSON.stringify(name)} as the name of ${what}: ${problem}`)
}

function problemOf(name: string): string | null {
  if (typeof name !== 'string') return 'it is not a string'
  if (name === '') return 'it is empty'
  if (name === '.' || name === '..') return '"." and ".." are not allowed'
  if (name.length > lengthMax) return `it has ${name.length} characters, ${lengthMax} are allowed`
  if (!allowed.test(name)) return 'only letters, digits, ".", "_" and "-" are allowed'
  return null
}
