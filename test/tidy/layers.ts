/** One row of the layer table: a folder (or file) of `src` and what it may import besides itself. */
export interface Layer {
  /** The path under `src`. */
  readonly name: string
  readonly holds: string
  /** Layers, or single files of layers, that it may import. */
  readonly imports: readonly string[]
  /** Layers of which it may import types only. */
  readonly types: readonly string[]
}

function layer(name: string, holds: string, imports: string, types = ''): Layer {
  return { name, holds, imports: wordsOf(imports), types: wordsOf(types) }
}

function wordsOf(list: string): readonly string[] {
  return list.split(' ').filter((word) => word !== '')
}

/**
 * The layers, lowest first. `*.test.ts` and `contract.ts` are not built and may import anything. A test compares every import of the tree
 * with this table; the picture in ARCHITECTURE.md is drawn from it.
 */
export const layers: readonly Layer[] = [
  layer('base', 'bytes, durations, ids, hashes, assertions, the error table, the ports of `Environment`', ''),
  layer('record', 'record batches: reader, builder, headers, record context, compression', 'base'),
  layer('model', 'nouns that many layers share: records, windows, changes, contracts of user code', 'base record'),
  layer('serdes', 'the `Serde` contract and the built-in serdes', 'base record model'),
  layer('metrics', 'counters, gauges, rates, histograms, their registry and text', 'base'),
  layer('protocol', "Kafka's messages as schema tables, the codec, error codes, the `Transport` port", 'base record'),
  layer('client', 'what any Kafka client does over a `Transport`', 'base record protocol metrics'),
  layer('assignor', 'who gets which task in a classic group: pure functions', 'base protocol', 'client'),
  layer('wire', '`Transport` over TCP, TLS and SASL, and a listener that serves one', 'base protocol'),
  layer('broker', 'the embedded cluster behind a `Transport`', 'base record protocol'),
  layer('state', 'store contracts, kinds, engines and layers', 'base record model serdes metrics'),
  layer('processor', 'contracts of the Processor API', 'base record model serdes metrics', 'state'),
  layer(
    'config',
    'every configuration key, default and check',
    'base model serdes processor state/engines/state-engine.ts',
    'protocol client assignor state',
  ),
  layer(
    'topology',
    'the physical graph, sub-topologies, internal topics, `describe()`',
    'base model serdes processor state',
    'record config',
  ),
  layer('operators', 'the built-in processors', 'base record model serdes processor state'),
  layer('planner', 'logical graph to physical topology', 'base model serdes processor topology state operators', 'config'),
  layer('dsl', '`StreamsBuilder`, `KStream`, `KTable`', 'base model serdes processor state topology planner', 'config'),
  layer('runtime', 'the running application', 'base record model serdes metrics protocol client assignor processor state topology config'),
  layer('queries', 'interactive queries', 'base record model serdes state runtime/app/view.ts'),
  layer('http', 'JSON API and dashboard files', 'base metrics topology queries runtime/app/view.ts'),
  layer(
    'testing',
    'test driver, test cluster, simulation',
    'base record model serdes metrics protocol client broker state processor config topology operators planner dsl runtime queries',
  ),
  layer('cli', 'commands', '*'),
  layer('entry', 'public entries and composition roots', '*'),
  layer('index.ts', 'the main public entry', '*'),
]

/** Files outside which nothing reads clocks, timers, randomness, files or sockets; whole folders end with a slash. */
export const impure: readonly string[] = [
  'src/base/real-environment.ts',
  'src/base/http/real-http.ts',
  'src/base/disk/real-disk.ts',
  'src/base/workers/real-workers.ts',
  'src/base/workers/worker-thread.ts',
  'src/base/workers/real-program.ts',
  'src/base/workers/program-thread.ts',
  // Lets the promises of one event run to their end before the next one, which takes a real turn of the event loop.
  'src/base/virtual-environment.ts',
  'src/wire/listener.ts',
  'src/wire/open-socket.ts',
  'src/state/engines/rocksdb/',
  'src/http/',
  'src/cli/',
]

/**
 * What an entry must not load before it is used, by the file of the entry: paths under `src` and packages. Dynamic imports do not count.
 */
export const loadedOnUse: Readonly<Record<string, readonly string[]>> = {
  'src/index.ts': [
    'src/wire/',
    'src/broker/',
    'src/testing/',
    'src/http/',
    'src/state/engines/rocksdb/',
    'node:net',
    'node:tls',
    '@platformatic/kafka',
  ],
  'src/entry/testing.ts': ['src/wire/', 'src/http/', 'src/state/engines/rocksdb/', 'node:net', 'node:tls', '@platformatic/kafka'],
}

/** The modules that open sockets, and the only folder that may import them. */
export const sockets = { modules: ['node:net', 'node:tls', 'node:dgram'], folder: 'src/wire/' } as const

/** The layer of a path under `src`, or undefined where the table has none. */
export function findLayer(path: string): Layer | undefined {
  const name = path.slice('src/'.length).split('/')[0]
  return layers.find((candidate) => candidate.name === name)
}

/** Whether `from` may import the file `path`; `isType`: only a type of it. */
export function mayImport(from: Layer, path: string, isType: boolean): boolean {
  const to = findLayer(path)
  if (to === undefined) return false
  if (to === from || from.imports.includes('*')) return true
  const allowed = isType ? [...from.imports, ...from.types] : from.imports
  return allowed.some((entry) => entry === to.name || `src/${entry}` === path)
}

/** The section of ARCHITECTURE.md that shows the layers: an arrow where a layer imports another and no way round leads there too. */
export function drawLayers(): string {
  const lines = ['```mermaid', 'flowchart BT']
  const drawn = layers.filter((candidate) => !candidate.imports.includes('*'))
  for (const from of drawn) {
    const direct = layersOf(from.imports)
    for (const to of direct) {
      if (!direct.some((via) => via !== to && reach(via).has(to))) lines.push(`  ${from.name} --> ${to}`)
    }
    for (const to of layersOf(from.types)) {
      if (!direct.some((via) => via === to || reach(via).has(to))) lines.push(`  ${from.name} -. types .-> ${to}`)
    }
  }
  lines.push('```', '')
  const rows = layers.map(({ name, holds, imports, types }) => {
    const may = imports.includes('*') ? 'all' : [imports.join(', '), types.length === 0 ? '' : `types of ${types.join(', ')}`]
    return [`\`${name}\``, holds, Array.isArray(may) ? may.filter((part) => part !== '').join('; ') || '-' : may]
  })
  return [...lines, ...tableLines([['folder', 'what lives there', 'may import'], ...rows])].join('\n')
}

/** A Markdown table as the formatter leaves it. The first row is the head. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(rows[0]!), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)]
}

function layersOf(entries: readonly string[]): readonly string[] {
  return entries.map((entry) => entry.split('/')[0]!)
}

function reach(name: string): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (from: string): void => {
    for (const to of layersOf(layers.find((candidate) => candidate.name === from)!.imports)) {
      if (found.has(to)) continue
      found.add(to)
      visit(to)
    }
  }
  visit(name)
  return found
}
