type Json = Record<string, unknown>

/** Whether a smaller scenario still shows what is looked for. */
export type StillFails = (scenario: object) => Promise<boolean>

/** `scenario` with everything left out that is not needed for `stillFails`: steps, operators, options, configuration. */
export async function shrinkScenario(scenario: object, stillFails: StillFails): Promise<object> {
  let best = scenario as Json
  for (;;) {
    const smaller = await firstFailing(smallerScenarios(best), stillFails)
    if (smaller === null) return best
    best = smaller
  }
}

async function firstFailing(candidates: Iterable<Json>, stillFails: StillFails): Promise<Json | null> {
  for (const candidate of candidates) if (await stillFails(candidate)) return candidate
  return null
}

/** Large cuts first. */
function* smallerScenarios(scenario: Json): Generator<Json> {
  const steps = (scenario['steps'] ?? []) as readonly Json[]
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = steps.length - size; start >= 0; start -= size) yield { ...scenario, steps: steps.toSpliced(start, size) }
  }
  const topology = scenario['topology'] as readonly Json[]
  for (let index = topology.length - 1; index >= 0; index--) {
    if (!isUsed(topology, index)) yield { ...scenario, topology: topology.toSpliced(index, 1) }
    const short = withoutOperator(topology, index)
    if (short !== null) yield { ...scenario, topology: short }
  }
  if ('restore' in scenario) yield without(scenario, 'restore')
  const config = (scenario['config'] ?? {}) as Json
  for (const key of Object.keys(config)) yield { ...scenario, config: without(config, key) }
  for (const [index, operator] of topology.entries()) {
    for (const key of ['name', 'caching', 'logging', 'supplier', 'store', 'partitioner', 'partitions', 'extractor', 'key', 'value']) {
      if (key in operator) yield { ...scenario, topology: topology.with(index, without(operator, key)) }
    }
  }
  for (const [index, step] of steps.entries()) {
    if ('headers' in step) yield { ...scenario, steps: steps.with(index, without(step, 'headers')) }
  }
}

function without(object: Json, key: string): Json {
  const { [key]: _left, ...rest } = object
  return rest
}

function isUsed(topology: readonly Json[], index: number): boolean {
  const { id } = topology[index]!
  return id !== undefined && topology.some((operator) => refersTo(operator, id))
}

function refersTo(operator: Json, id: unknown): boolean {
  const lists = ['stores', 'parents', 'processors'].flatMap((option) => (operator[option] ?? []) as readonly unknown[])
  return [operator['from'], operator['with'], operator['store'], operator['supplied'], ...lists].some(
    (used) => used === id || (typeof used === 'string' && used.startsWith(`${String(id)}.`)),
  )
}

/** The topology in which what came after an operator comes after the one before it; `null` if it has none. */
function withoutOperator(topology: readonly Json[], index: number): Json[] | null {
  const { id, from, op } = topology[index]!
  if (from === undefined || op === 'split') return null
  const passed = (used: unknown): unknown => (used === id ? from : used)
  return topology
    .toSpliced(index, 1)
    .map((operator) =>
      'from' in operator
        ? { ...operator, from: passed(operator['from']), ...('with' in operator ? { with: passed(operator['with']) } : {}) }
        : operator,
    )
}
