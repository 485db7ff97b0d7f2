import { globSync, readFileSync, statSync } from 'node:fs'

const BYTES_WANTED = 8_000_000

/** The text to count: `files`, or what lies about in the repository, repeated until it has 8 MB. As lines. */
export function readText(files: readonly string[]): { readonly lines: readonly string[]; readonly bytes: number; readonly files: number } {
  const paths = files.length > 0 ? files : textFilesOfRepository()
  const once = paths.map((path) => readFileSync(path, 'utf8')).join('\n')
  let text = once
  if (files.length === 0) while (Buffer.byteLength(text) < BYTES_WANTED) text += '\n' + once
  return { lines: text.split('\n'), bytes: Buffer.byteLength(text), files: paths.length }
}

function textFilesOfRepository(): string[] {
  const root = new URL('../../', import.meta.url)
  const patterns = ['node_modules/**/*.md', 'node_modules/**/{LICENSE,LICENCE,license}*', 'docs/**/*.md']
  return globSync(patterns, { cwd: root })
    .toSorted()
    .map((path) => new URL(path, root).pathname)
    .filter((path) => statSync(path).isFile())
}

/** Counts the words in a plain loop, without streams: what the application must agree with. */
export function countPlainly(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const line of lines) {
    for (const [word] of line.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}
