import { readFileSync } from 'node:fs'

const lines = readFileSync(new URL('wrong-programs.ts', import.meta.url), 'utf8').split('\n')
const from = lines.findIndex((line) => line.startsWith('// Functions that'))

/** The lines on which a statement of the wrong programs begins. */
export const wrongStatements: readonly number[] = lines.flatMap((line, index) => (index >= from && /^[a-z]/.test(line) ? [index + 1] : []))

/** Those among the statements in which a compiler, whose whole output is `output`, finds nothing wrong. */
export function compilingStatements(output: string): readonly number[] {
  const errorLines = Array.from(output.matchAll(/^(?:.*\/)?wrong-programs\.ts\((\d+),/gm), ([, line]) => Number(line))
  return wrongStatements.filter((line, index) => {
    const next = wrongStatements[index + 1] ?? Number.POSITIVE_INFINITY
    return !errorLines.some((errorLine) => errorLine >= line && errorLine < next)
  })
}
