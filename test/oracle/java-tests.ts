import { readFileSync } from 'node:fs'

/** What `java-tests.md` says of one class of Java's tests. */
export interface JudgedClass {
  readonly name: string
  readonly lists: readonly JudgedMethods[]
}

/** Methods of a class that are judged by the same. */
export interface JudgedMethods {
  /** The words before the methods. */
  readonly judge: string
  readonly methods: readonly string[]
  /** The file of `scenarios/` that has a scenario `<class> <method>` for each of the methods, or `null` when others judge. */
  readonly sameName: string | null
}

/** A file that the page names, as the page does, and the scenarios or tests of it that it names. */
export interface NamedFile {
  readonly path: string
  readonly quoted: readonly string[]
}

const SAME_NAME = /^Scenarios of the same name in `([\w-]+\.json)`\.$/

/** Reads `java-tests.md`. Throws for a list that names no methods. */
export function readJavaTestsPage(): readonly JudgedClass[] {
  const text = readFileSync(new URL('./java-tests.md', import.meta.url), 'utf8').replaceAll(/\n {2,}/g, ' ')
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({
      name: part.slice(0, part.indexOf('\n')),
      lists: [...part.matchAll(/^- (.*)$/gm)].map(([, line]) => {
        const [judge, methods] = line!.split(' Methods: ')
        if (methods === undefined) throw new Error(`Cannot read java-tests.md: no methods in "${line}"`)
        return {
          judge: judge!,
          methods: [...methods.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
          sameName: SAME_NAME.exec(judge!)?.[1] ?? null,
        }
      }),
    }))
}

/** The files that `judge` names: words in code with a dot or a slash, and the quoted texts right behind each. */
export function namedFiles(judge: string): readonly NamedFile[] {
  return [...judge.matchAll(/`((?:[\w.-]+\/)*[\w-]+(?:\.[\w-]+)*\.(?:json|ts|md|java)|(?:\.\.\/)+[\w./-]+)`((?:,? "[^"]*")*)/g)].map(
    ([, path, quoted]) => ({ path: path!, quoted: [...quoted!.matchAll(/"([^"]*)"/g)].map(([, name]) => name!) }),
  )
}
