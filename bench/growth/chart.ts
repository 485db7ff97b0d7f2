/** A point of a line. */
export interface ChartPoint {
  readonly x: number
  readonly y: number
}

/** What is drawn. */
export interface Chart {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly points: readonly ChartPoint[]
}

const WIDTH = 720
const HEIGHT = 360
const LEFT = 80
const BOTTOM = 50
const TOP = 40
const RIGHT = 20
const STEPS = 5

/** One line over a grid, as SVG. The vertical axis begins at 0. */
export function chartSvg({ title, xTitle, yTitle, points }: Chart): string {
  const xMax = Math.max(...points.map(({ x }) => x))
  const yMax = Math.max(...points.map(({ y }) => y)) * 1.1
  const left = (x: number): number => Math.round((LEFT + (x / xMax) * (WIDTH - LEFT - RIGHT)) * 10) / 10
  const top = (y: number): number => Math.round((HEIGHT - BOTTOM - (y / yMax) * (HEIGHT - BOTTOM - TOP)) * 10) / 10
  const grid: string[] = []
  for (let step = 0; step <= STEPS; step++) {
    const [x, y] = [(xMax * step) / STEPS, (yMax * step) / STEPS]
    grid.push(
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${top(y)}" y2="${top(y)}" stroke="#ddd"/>`,
      `<text x="${LEFT - 8}" y="${top(y) + 4}" text-anchor="end">${textOf(y)}</text>`,
      `<text x="${left(x)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${textOf(x)}</text>`,
    )
  }
  const line = points.map(({ x, y }) => `${left(x)},${top(y)}`).join(' ')
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${WIDTH / 2}" y="22" text-anchor="middle" font-size="15">${title}</text>
${grid.join('\n')}
<polyline points="${line}" fill="none" stroke="#0b6" stroke-width="2"/>
<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${xTitle}</text>
<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${yTitle}</text>
</svg>
`
}

function textOf(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toFixed(1))} M`
  return value >= 1_000 ? `${Number((value / 1_000).toFixed(1))} k` : String(Number(value.toFixed(1)))
}
