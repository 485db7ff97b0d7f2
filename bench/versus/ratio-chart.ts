import { type ModeResults, ratioOf } from './summary.ts'

const WIDTH = 760
const LEFT = 250
const RIGHT = 60
const TOP = 60
const ROW = 18
const BAR = 12
const TICKS = [0.5, 1, 2, 4, 8, 16]
/** What lies beyond is drawn up to here. */
const RATIO_MIN = 0.25
const RATIO_MAX = 32

/** A bar for each mode, from the line of equality to the ratio, on a logarithmic scale, as SVG. */
export function ratioChart(all: readonly ModeResults[]): string {
  const rows = all.flatMap((results) => {
    const ratio = ratioOf(results)
    return ratio === null ? [] : [{ name: results.mode.name, ratio }]
  })
  const height = TOP + rows.length * ROW + 20
  const share = (ratio: number): number =>
    Math.log(Math.min(RATIO_MAX, Math.max(RATIO_MIN, ratio)) / RATIO_MIN) / Math.log(RATIO_MAX / RATIO_MIN)
  const x = (ratio: number): number => Math.round((LEFT + share(ratio) * (WIDTH - LEFT - RIGHT)) * 10) / 10
  const grid = TICKS.map(
    (tick) =>
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${TOP - 8}" y2="${height - 16}" stroke="${tick === 1 ? '#333' : '#ddd'}"/>` +
      `<text x="${x(tick)}" y="${TOP - 14}" text-anchor="middle">${tick}</text>`,
  )
  const bars = rows.map(({ name, ratio }, index) => {
    const y = TOP + index * ROW
    const [from, to] = [x(Math.min(1, ratio)), x(Math.max(1, ratio))]
    return (
      `<text x="${LEFT - 10}" y="${y + BAR - 1}" text-anchor="end">${name}</text>` +
      `<rect x="${from}" y="${y}" width="${Math.max(1, Math.round((to - from) * 10) / 10)}" height="${BAR}" fill="${ratio > 1 ? '#0b6' : '#c33'}"/>` +
      `<text x="${to + 6}" y="${y + BAR - 1}">${ratio.toFixed(2)}</text>`
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="15">Java's figure as a multiple of ours</text>
${grid.join('\n')}
${bars.join('\n')}
</svg>
`
}
