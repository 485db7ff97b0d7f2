import { Prng } from '../../src/base/prng.ts'
import {
  type KGroupedStream,
  type KStream,
  type KTable,
  type ProcessorSupplier,
  serdes,
  StreamsBuilder,
  topic,
  type TopologyConfig,
} from 'millrace'
import { testDriver } from 'millrace/testing'

// A program is a line of calls, separated by ";". The first word of the line is the optimization. A call is its name, the number of the
// stream or table that it is made on, more words, and the name of the node ("-": none). What it returns gets the next number. How a store
// is asked for: "no", "some" (a Materialized without a name), "store".

// oxlint-disable-next-line typescript/no-explicit-any -- programs are made at random: what flows where is of no interest
type Any = any
type AnyStream = KStream<Any, Any>
type AnyTable = KTable<Any, Any, Any>

const streamCalls = ['filter', 'mapValues', 'flatMapValues', 'selectKey', 'map', 'peek', 'process', 'processValues', 'repartition', 'split']
const aggregations = ['countByKey', 'count', 'reduceByKey', 'reduce', 'aggregateByKey', 'aggregate']
const tableCalls = ['table-filter', 'table-mapValues', 'table-count', 'table-countNamed', 'table-reduce', 'table-reduceNamed']
const kinds = ['no', 'some', 'store'] as const

/** Seed and number of the programs whose answers by Java are recorded. */
export const PROGRAM_SEED = 20_261_121
export const PROGRAM_COUNT = 600
export const RUN_COUNT = 80

/** Random programs, the same for the same seed. */
export function makePrograms(seed: number, count: number): string[] {
  const random = new Prng(seed)
  return Array.from({ length: count }, () => makeProgram(random, aggregations, tableCalls))
}

/**
 * Random programs with input, the same for the same seed: after a tab, records of the topics that the program reads (topic, key, value
 * and timestamp, "~" for what is absent). They have no counts, so that all values are texts, and write all that they make to topics.
 */
export function makeRuns(seed: number, count: number): string[] {
  const random = new Prng(seed)
  const isText = (call: string): boolean => !call.includes('count')
  return Array.from({ length: count }, () => {
    const program = makeProgram(random, aggregations.filter(isText), tableCalls.filter(isText))
    const topics = [...new Set(Array.from(program.matchAll(/; (?:stream|table) (\w+)/g), ([, name]) => name as string))]
    return `${program}\t${Array.from({ length: 40 }, (_, index) => makeInput(random, topics, index)).join('|')}`
  })
}

function makeInput(random: Prng, topics: readonly string[], index: number): string {
  const key = random.below(16) === 0 ? '~' : `k${random.below(4)}`
  const value = random.below(8) === 0 ? '~' : 'abcde'.charAt(random.below(5))
  return `${random.pick(topics)},${key},${value},${1000 + index * 3 + random.below(60)}`
}

function makeProgram(random: Prng, aggregations: readonly string[], tableCalls: readonly string[]): string {
  const pick = <T>(choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const calls = [pick(['none', 'none', 'all', 'merge.repartition.topics', 'reuse.ktable.source.topics'])]
  let streams = 0
  let tables = 0
  let named = 0
  const name = (): string => (random.below(3) === 0 ? `n${named++}` : '-')
  calls.push(`stream t${random.below(3)} ${name()}`)
  streams++
  const length = 3 + random.below(14)
  for (let index = 0; index < length; index++) {
    const choice = random.below(20)
    if (choice === 0) calls.push(`stream t${random.below(3)} ${name()}`)
    else if (choice === 1) calls.push(`table r${index} ${pick(kinds)} ${name()}`)
    else if (choice === 2) calls.push(`merge ${random.below(streams)} ${random.below(streams)} ${name()}`)
    else if (choice === 3) calls.push(`to ${random.below(streams)} o${index} ${name()}`)
    else if (choice === 4) calls.push(`toTable ${random.below(streams)} ${pick(['no', 'some', `kept-${index}`])} ${name()}`)
    else if (choice < 8)
      calls.push(`${pick(aggregations)} ${random.below(streams)} ${random.below(3) === 0 ? `g${index}` : '-'} ${pick(kinds)} ${name()}`)
    else if (choice < 13 && tables > 0) calls.push(`${pick(tableCalls)} ${random.below(tables)} ${pick(kinds)} ${name()}`)
    else if (choice < 15 && tables > 0)
      calls.push(`${pick(['table-toStream', 'table-toStreamKeyed'])} ${random.below(tables)} no ${name()}`)
    else calls.push(`${pick(streamCalls)} ${random.below(streams)} ${name()}`)
    const call = (calls.at(-1) as string).split(' ')[0] as string
    if (call === 'split') streams += 2
    else if (call === 'stream' || call === 'merge' || call.startsWith('table-toStream') || streamCalls.includes(call)) streams++
    else if (call !== 'to') tables++
  }
  if (!tableCalls.some((call) => call.includes('count'))) calls.push(...outputsOf(streams, tables))
  return calls.join('; ')
}

function outputsOf(streams: number, tables: number): string[] {
  const ofTables = Array.from({ length: tables }, (_, table) => `table-toStream ${table} no -`)
  return [...ofTables, ...Array.from({ length: streams + tables }, (_, stream) => `to ${stream} z${stream} -`)]
}

/** The text of `describe()` of a program. */
export function describeProgram(program: string): string {
  const { builder, config } = follow(program)
  return builder.build(config).describe().toString()
}

/** All that a program with input writes: a line per record with topic, key and value in hex, and timestamp, sorted by topic. */
export function runProgram(programWithInput: string): string {
  const [program, inputs] = programWithInput.split('\t') as [string, string]
  const { builder, config } = follow(program)
  const optionalText = { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }
  const optionalBytes = { key: serdes.nullable(serdes.bytes), value: serdes.nullable(serdes.bytes) }
  using driver = testDriver(builder.build(config), { applicationId: 'app' })
  for (const input of inputs.split('|')) {
    const [name, key, value, timestamp] = input.split(',') as [string, string, string, string]
    driver.input(topic(name, optionalText)).pipe(textOf(key), textOf(value), Number(timestamp))
  }
  return driver
    .producedTopicNames()
    .toSorted()
    .flatMap((name) =>
      driver
        .output(topic(name, optionalBytes))
        .readRecords()
        .map(({ key, value, timestamp }) => `${name} ${hex(key)} ${hex(value)} ${timestamp}\n`),
    )
    .join('')
}

function textOf(field: string): Text {
  return field === '~' ? null : field
}

function hex(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : Buffer.from(bytes).toString('hex')
}

function follow(program: string): { readonly builder: StreamsBuilder; readonly config: TopologyConfig } {
  const [optimization, ...calls] = program.split('; ')
  const run = new ProgramRun()
  for (const call of calls) run.call(call.split(' '))
  const topologyOptimization = optimization === 'none' || optimization === 'all' ? optimization : [optimization as string]
  return { builder: run.builder, config: { topologyOptimization } }
}

class ProgramRun {
  readonly builder = new StreamsBuilder({ defaultKeySerde: serdes.string, defaultValueSerde: serdes.string })
  readonly #streams: AnyStream[] = []
  readonly #tables: AnyTable[] = []

  call(words: readonly string[]): void {
    const [call, subject, extra] = words as [string, string, string]
    const last = words.at(-1)
    const options = last === '-' ? {} : { name: last }
    if (call === 'stream')
      this.#streams.push(
        this.builder.stream<Any, Any>(subject, { ...options, key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }),
      )
    else if (call === 'table') this.#table(subject, extra, options)
    else if (call.startsWith('table-')) this.#callTable(call, this.#tables[Number(subject)] as AnyTable, extra, options)
    else if (/^(count|reduce|aggregate)/.test(call)) this.#aggregate(call, this.#streams[Number(subject)] as AnyStream, words, options)
    else this.#callStream(call, this.#streams[Number(subject)] as AnyStream, extra, options)
  }

  #table(topic: string, kept: string, options: { name?: string | undefined }): void {
    const how = kept === 'store' ? { store: `s-${topic}` } : kept === 'some' ? { caching: true } : {}
    this.#tables.push(this.builder.table<Any, Any>(topic, { ...options, ...how, key: serdes.string, value: serdes.string }))
  }

  #callStream(call: string, stream: AnyStream, extra: string, options: { name?: string | undefined }): void {
    const text = { key: serdes.string, value: serdes.string }
    const push = (made: AnyStream): void => void this.#streams.push(made)
    switch (call) {
      case 'filter':
        return push(stream.filter(holds, options))
      case 'mapValues':
        return push(stream.mapValues(longer, options))
      case 'flatMapValues':
        return push(stream.flatMapValues((v) => (v === null ? [] : [v, tail(`${v}x`)]), options))
      case 'selectKey':
        return push(stream.selectKey(keyOf, options))
      case 'map':
        return push(stream.map((k, v) => [v, k], options))
      case 'peek':
        return push(stream.peek(() => undefined, options))
      case 'merge':
        return push(stream.merge(this.#streams[Number(extra)] as AnyStream, options))
      case 'repartition':
        return push(stream.repartition({ ...options, ...text }))
      case 'to':
        return stream.to(extra, { ...options, ...text })
      case 'process':
        return push(stream.process(later, options))
      case 'processValues':
        return push(stream.processValues(({ forward }) => forward, options))
      case 'split': {
        const { a, b } = stream.split({ a: holds }, { ...options, default: 'b' })
        return void this.#streams.push(a, b)
      }
      default:
        this.#tables.push(stream.toTable({ ...options, ...(extra === 'no' ? {} : extra === 'some' ? text : { store: extra }) }))
    }
  }

  #aggregate(call: string, stream: AnyStream, words: readonly string[], options: { name?: string | undefined }): void {
    const text = { key: serdes.string, value: serdes.string }
    const grouping = words[2] === '-' ? text : { ...text, name: words[2] }
    const grouped: KGroupedStream<Any, Any> = call.endsWith('ByKey') ? stream.groupByKey(grouping) : stream.groupBy(keyOf, grouping)
    const kept = words[3]
    const how = kept === 'store' ? { store: `s-${call}-${this.#tables.length}` } : kept === 'some' ? { caching: true } : {}
    if (call.startsWith('count')) this.#tables.push(grouped.count({ ...options, ...how }))
    else if (call.startsWith('reduce')) this.#tables.push(grouped.reduce(joined, { ...options, ...how }))
    else this.#tables.push(grouped.aggregate(() => '', folded, { ...options, ...how, value: serdes.string }))
  }

  #callTable(call: string, table: AnyTable, kept: string, options: { name?: string | undefined }): void {
    const how = kept === 'store' ? { store: `s-${call}-${this.#tables.length}` } : kept === 'some' ? { caching: true } : {}
    const text = { key: serdes.string, value: serdes.string }
    if (call === 'table-filter') this.#tables.push(table.filter(holds, { ...options, ...how }))
    else if (call === 'table-mapValues') this.#tables.push(table.mapValues(longer, { ...options, ...how }))
    else if (call === 'table-toStream') this.#streams.push(table.toStream(options))
    else if (call === 'table-toStreamKeyed') this.#streams.push(table.toStream(keyOf, options))
    else {
      const grouping = call.endsWith('Named') ? { ...text, name: `g-${this.#tables.length}` } : text
      const grouped = table.groupBy((k, v) => [keyOf(k, v), tail(`${k}${v}`)], grouping)
      if (call.startsWith('table-count')) this.#tables.push(grouped.count({ ...options, ...how }))
      else this.#tables.push(grouped.reduce(joined, parted, { ...options, ...how }))
    }
  }
}

// The same functions as in Java: every text stays short.

type Text = string | null

function holds(_key: Text, value: Text): boolean {
  return value === null || !String(value).endsWith('c')
}

function longer(value: Text): Text {
  return value === null || value === 'b' ? null : tail(`m${value}`)
}

function keyOf(key: Text, value: Text): Text {
  return value === null ? key : String(value).slice(-1)
}

function joined(aggregate: Text, value: Text): string {
  return tail(`${aggregate}${value}`)
}

function parted(aggregate: Text, value: Text): string {
  return tail(`${aggregate}-${value}`)
}

function folded(_key: Text, value: Text, aggregate: Text): Text {
  return String(value).endsWith('e') ? null : tail(`${aggregate}${value}`)
}

function tail(text: string): string {
  return text.slice(-9)
}

const later: ProcessorSupplier<Any, Any, Any, Any> =
  ({ forward }) =>
  (record) =>
    forward(record.withTimestamp(record.timestamp + 1))
