import type { TaskId } from '../protocol/task-id.ts'

/** Order of process ids (UUID text) as Java's `UUID.compareTo` has it: by their two halves, each as a signed 64-bit number. */
export function compareProcessIds(a: string, b: string): number {
  const left = signedDigits(a)
  const right = signedDigits(b)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Java's `UUID.hashCode`. */
export function hashProcessId(processId: string): number {
  const digits = processId.replaceAll('-', '')
  let hash = 0
  for (let index = 0; index < 32; index += 8) hash ^= Number.parseInt(digits.slice(index, index + 8), 16)
  return hash | 0
}

/** The hash code of Java's `TaskId` without a named topology. */
export function hashTaskId({ subtopology, partition }: TaskId): number {
  return Math.imul(31, Math.imul(31, 31 + subtopology) + partition)
}

/** The digits with the sign bits of both halves flipped, so that they compare as text. */
function signedDigits(processId: string): string {
  const digits = processId.replaceAll('-', '').toLowerCase()
  return flip(digits[0]!) + digits.slice(1, 16) + flip(digits[16]!) + digits.slice(17)
}

function flip(digit: string): string {
  return (Number.parseInt(digit, 16) ^ 8).toString(16)
}
