import { type FigureSpread, type ModeReport, textOf } from './summary.ts'

/** Figures beside the one that decides, with what they are called at the top of the table. */
const FURTHER: readonly (readonly [figure: string, title: string])[] = [
  ['recordsPerSecond', 'records/s'],
  ['peakMiB', 'peak MiB'],
]

/** What was measured as a table for a document: a row for each mode. */
export function markdownTable(reports: readonly ModeReport[]): string {
  const further = FURTHER.map(([, title]) => ` ${title}, Java | ours |`).join('')
  const head = `| mode | decides | Java | ours | ratio |${further}\n|---|---|---|---|---|${'---|---|'.repeat(FURTHER.length)}\n`
  return head + reports.map(rowOf).join('')
}

function rowOf({ mode, primary, ratio, figures: { java, millrace } }: ModeReport): string {
  const cells = [[primary, ''], ...FURTHER].flatMap(([figure]) => [textOrNone(java[figure!]), textOrNone(millrace[figure!])])
  const decided = ratio === null ? '' : `**${ratio.toFixed(2)}**`
  return `| \`${mode}\` | ${primary} | ${[...cells.slice(0, 2), decided, ...cells.slice(2)].join(' | ')} |\n`
}

function textOrNone(spread: FigureSpread | undefined): string {
  if (spread === undefined) return ''
  return spread.min === spread.max ? textOf(spread).split(' ')[0]! : textOf(spread)
}
