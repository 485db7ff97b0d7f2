import { type Generator, type Json, type RandomArea, type RandomFlow, typesOf } from './generator.ts'

/** `suppress` of any table, with few records and bytes: a record takes some 40. */
export const randomSuppress: RandomArea = {
  choices: [
    { weight: 12, on: 'table', fits: hasSerde, add: suppress },
    // Windows are what it is most used for.
    { weight: 30, on: 'table', fits: (flow, g): boolean => isWindowed(flow.key) && hasSerde(flow, g), add: suppress },
  ],
}

/** What the library fails to write to a buffer is skipped at the node above (README, "What is not judged"). */
function hasSerde({ id, value }: RandomFlow, g: Generator): boolean {
  const made = g.topology.find((operator) => operator['id'] === id)
  return value === 'string' || made?.['value'] === value || ['count', 'reduce', 'aggregate'].includes(String(made?.['op']))
}

function isWindowed(key: string): boolean {
  return /^(timeWindowed|sessionWindowed)\(/.test(key)
}

function suppress(g: Generator, flow: RandomFlow): void {
  const { random } = g
  // What has no windows, and what a table was joined with, is refused.
  const isFinal = random.chance(isWindowed(flow.key) ? 0.6 : 0.02)
  const limit: Json = isFinal ? {} : { limit: random.pick([0, 1, 5, 10, 20, 50, 100]) }
  const options: Json = { from: flow.id, ...limit, ...bounds(g, isFinal), ...g.named(0.2) }
  if (random.chance(0.15)) options['logging'] = random.pick([false, true])
  g.push('suppress', 'table', typesOf(flow), options)
}

function bounds({ random }: Generator, isFinal: boolean): Json {
  if (random.chance(isFinal ? 0.8 : 0.5)) return {}
  const records = random.chance(0.6) ? { maxRecords: random.pick([0, 1, 1, 2, 3, 10]) } : {}
  const bytes = random.chance(0.5) ? { maxBytes: random.pick([0, 50, 100, 150, 400]) } : {}
  const whenFull = isFinal || random.chance(0.6) ? {} : { whenFull: random.pick(['emit-early', 'emit-early', 'shut-down']) }
  return { ...records, ...bytes, ...whenFull }
}
