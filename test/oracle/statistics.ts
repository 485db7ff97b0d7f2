import { generateScenario } from './generate-scenario.ts'

type Json = Record<string, unknown>

/** How often something is there, most often first: a line each. */
class Tally {
  readonly #counts = new Map<string, number>()

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  get size(): number {
    return this.#counts.size
  }

  lines(): string[] {
    return Array.from(this.#counts)
      .toSorted(([, left], [, right]) => right - left)
      .map(([what, count]) => `${String(count).padStart(7)} ${what}`)
  }
}

/** What the random scenarios of these seeds contain: operators, pairs of an operator and one after it, settings, and how records arrive. */
export function scenarioStatistics(seed: number, count: number): readonly string[] {
  const [operators, pairs, settings, records] = [new Tally(), new Tally(), new Tally(), new Tally()]
  for (let index = 0; index < count; index++) {
    const { config, topology, steps } = generateScenario(seed + index) as Record<'topology' | 'steps', Json[]> & { config: Json }
    const ops = new Map<unknown, string>()
    for (const operator of topology) {
      const op = opOf(operator)
      operators.add(op)
      for (const option of ['from', 'with']) {
        if (typeof operator[option] !== 'string') continue
        // The branch `n4.p` is of the operator `n4`.
        pairs.add(`${ops.get(operator[option].split('.')[0])} ${option === 'from' ? '->' : '=>'} ${op}`)
      }
      ops.set(operator['id'], op)
    }
    for (const [key, value] of Object.entries(config)) settings.add(`${key}=${String(value)}`)
    if (/persistent|RocksDB/.test(JSON.stringify([config, topology]))) settings.add('persistent stores')
    addRecords(records, steps)
  }
  return [
    ...operators.lines(),
    `${pairs.size} pairs (-> after, => with):`,
    ...pairs.lines(),
    'settings:',
    ...settings.lines(),
    'steps:',
    ...records.lines(),
  ]
}

/** With the kind of its windows. */
function opOf({ op, emit, unlimited, timeDifference }: Json): string {
  const isWindows = op === 'windowedBy'
  const kind = !isWindows ? '' : unlimited === true ? ' unlimited' : timeDifference === undefined ? ' time' : ' sliding'
  return `${String(op)}${kind}${emit === 'on-window-close' ? ' on close' : ''}`
}

function addRecords(records: Tally, steps: readonly Json[]): void {
  let latest = -1
  for (const step of steps) {
    if (!('pipe' in step)) {
      records.add('read' in step ? 'read' : 'advance')
      continue
    }
    const time = Number(step['timestamp'])
    records.add('record')
    if (time < latest) records.add('record out of order')
    if (time === latest) records.add('record of the latest time')
    if (step['key'] === null) records.add('record without a key')
    if (step['value'] === null) records.add('record without a value')
    latest = Math.max(latest, time)
  }
}
