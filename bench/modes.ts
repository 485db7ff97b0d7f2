import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchBuilder } from '../src/record/batch-builder.ts'
import type { EngineFactory, TaskEngine } from '../src/state/engines/engine.ts'
import { fullTopicName } from '../src/topology/physical-topology.ts'
import { openEngine } from './engines/open-engine.ts'
import { BATCH_BYTES } from './input.ts'
import type { BenchCase, Benchmark } from './measure.ts'
import { TaskPath } from './task-path.ts'
import type { DataSet } from './versus/data/data-set.ts'
import { keyedValues } from './versus/data/keyed-values.ts'
import { lines } from './versus/data/lines.ts'
import { outgoingRecord } from './versus/data/outgoing-record.ts'
import { customers, orders } from './versus/data/orders.ts'
import { Progress } from './versus/application/progress.ts'
import { topologies, type TopologyName } from './versus/topologies/topologies.ts'

const CACHE_BYTES = 10 * 1024 * 1024
const MEMORY_BYTES = 512 * 1024 * 1024
const BATCHES_PER_RESPONSE = 16
const APPLICATION_ID = 'bench'

/** One task of a topology of `bench -- versus`. */
interface Step {
  readonly name: string
  readonly topology: TopologyName
  readonly supplier: 'in-memory' | 'persistent'
  /** Which inputs the task reads, by name; `input` and `second` are what `data` and `second` make. */
  readonly reads: readonly string[]
  /** What is read in full before anything is measured. */
  readonly first?: string
}

const INPUT = 'input'
const SECOND = 'second'
const OUTPUT = 'output'

const stores = ['in-memory', 'persistent'] as const

function stepsOf(): readonly Step[] {
  const both = (name: string, step: Omit<Step, 'name' | 'supplier'>): Step[] =>
    stores.map((supplier) => ({ ...step, name: `${name}, ${supplier}`, supplier }))
  return [
    { name: 'stateless', topology: 'stateless', supplier: 'in-memory', reads: [INPUT] },
    { name: 'json', topology: 'json', supplier: 'in-memory', reads: [INPUT] },
    { name: 'word count: split', topology: 'word-count', supplier: 'in-memory', reads: [INPUT] },
    ...both('word count: count', { topology: 'word-count', reads: ['words-repartition'] }),
    ...both('count', { topology: 'count', reads: [INPUT] }),
    { name: 'windowed sum: rekey', topology: 'windowed-sum', supplier: 'in-memory', reads: [INPUT] },
    ...both('windowed sum: sum', { topology: 'windowed-sum', reads: ['repartition'] }),
    { name: 'table join: rekey', topology: 'table-join', supplier: 'in-memory', reads: [INPUT] },
    ...both('table join: join', { topology: 'table-join', reads: ['repartition'], first: SECOND }),
    ...both('stream join', { topology: 'stream-join', reads: [INPUT, SECOND] }),
    ...both('foreign key: subscribe', { topology: 'foreign-key-join', reads: [INPUT] }),
    ...both('foreign key: answer', { topology: 'foreign-key-join', reads: ['registration'], first: SECOND }),
    ...both('foreign key: join', { topology: 'foreign-key-join', reads: ['response'], first: INPUT }),
  ]
}

/** The data sets of a topology: those of `bench -- versus`, fewer records. */
function dataOf(topology: TopologyName, records: number): { readonly input: DataSet; readonly second: DataSet | null } {
  const kv = (seed: number): DataSet => keyedValues({ topic: '', records, keys: 100_000, keyDigits: 7, valueBytes: 256, seed })
  switch (topology) {
    case 'word-count':
      return { input: lines('', Math.ceil(records / 9)), second: null }
    case 'stateless':
    case 'pass':
    case 'count':
    case 'table':
      return { input: kv(1), second: null }
    case 'stream-join':
      return { input: kv(8), second: kv(9) }
    case 'json':
    case 'windowed-sum':
      return { input: orders('', records), second: null }
    case 'table-join':
    case 'foreign-key-join':
      return { input: orders('', records), second: customers('') }
  }
}

/** The records of a data set as responses. */
function responsesOf({ generate, records, firstMs }: DataSet): Buffer[] {
  const { fill } = generate()
  const builder = new BatchBuilder(BATCH_BYTES)
  const record = outgoingRecord()
  const batches: Buffer[] = []
  for (let index = 0; index < records; index++) {
    fill(record, index)
    record.timestamp = firstMs + index
    if (builder.append(record, BATCH_BYTES)) continue
    batches.push(Buffer.from(builder.seal({ baseOffset: index - builder.count })))
    builder.append(record)
  }
  batches.push(Buffer.from(builder.seal({ baseOffset: records - builder.count })))
  return grouped(batches)
}

function grouped(batches: readonly Buffer[]): Buffer[] {
  const responses: Buffer[] = []
  for (let start = 0; start < batches.length; start += BATCHES_PER_RESPONSE) {
    responses.push(Buffer.concat(batches.slice(start, start + BATCHES_PER_RESPONSE)))
  }
  return responses
}

/** Its engine, and what it needs between runs. */
interface Ground {
  readonly engines: EngineFactory
  readonly settle: () => Promise<void>
  readonly close: () => void
}

async function groundOf(supplier: Step['supplier']): Promise<Ground> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-modes-'))
  const factory = await openEngine(supplier === 'persistent' ? 'lsm' : 'memory', folder, MEMORY_BYTES)
  let opened: TaskEngine | null = null
  const close = (): void => {
    factory.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    engines: { ...factory, open: (taskId) => (opened = factory.open(taskId)) },
    settle: async () => {
      opened?.maintain(performance.now())
      await sleep(0)
    },
    close,
  }
}

/** All topics of a topology that its tasks read, with what is in them: what tasks write is read by others. */
async function openStep(step: Step, records: number): Promise<{ readonly run: () => Promise<number>; readonly close: () => void }> {
  const { input, second } = dataOf(step.topology, records)
  const builder = topologies[step.topology]({
    input: INPUT,
    second: second === null ? '' : SECOND,
    output: OUTPUT,
    supplier: step.supplier,
    progress: new Progress(0),
  })
  const { subtopologies } = builder.build().physical()
  const filled = new Map<string, Buffer[]>([[INPUT, responsesOf(input)]])
  if (second !== null) filled.set(SECOND, responsesOf(second))
  const sources = subtopologies.map(({ sources: nodes }) =>
    nodes.flatMap(({ topics }) => topics.map((ref) => fullTopicName(ref, APPLICATION_ID))),
  )
  const named = (name: string): string =>
    sources.flat().find((topic) => topic === name || topic.endsWith(name) || topic.includes(name.toUpperCase()))!
  const repeatMs = Math.ceil(input.records / 60_000) * 60_000
  const pathOf = (topic: string, engines: EngineFactory): TaskPath => {
    const subtopology = sources.findIndex((topics) => topics.includes(topic))
    const path = new TaskPath({ builder, subtopology, responses: [], partitions: 1, cacheBytesMax: CACHE_BYTES, engines, repeatMs })
    return path
  }
  /** What the tasks before write is read by this one. */
  const contentsOf = async (topic: string): Promise<Buffer[]> => {
    const known = filled.get(topic)
    if (known !== undefined) return known
    const ground = await groundOf('in-memory')
    const writer = topic.includes('RESPONSE') ? named('registration') : INPUT
    const path = pathOf(writer, ground.engines)
    if (topic.includes('RESPONSE')) {
      path.readFrom(SECOND, filled.get(SECOND)!)
      path.run(second!.records)
    }
    path.readFrom(writer, await contentsOf(writer))
    const written = grouped([...path.capture(topic, input.records)])
    filled.set(topic, written)
    ground.close()
    return written
  }
  const ground = await groundOf(step.supplier)
  const topics = step.reads.map(named)
  const path = pathOf(topics[0]!, ground.engines)
  if (step.first !== undefined) {
    path.readFrom(step.first, filled.get(step.first)!)
    path.run(step.first === SECOND ? second!.records : input.records)
    await ground.settle()
  }
  const contents = await Promise.all(topics.map(contentsOf))
  path.readFrom(topics[0]!, contents[0]!)
  topics.slice(1).forEach((topic, index) => path.readAlso(topic, contents[index + 1]!))
  return {
    run: async () => {
      const read = path.run(records)
      await ground.settle()
      return read
    },
    close: ground.close,
  }
}

/** `modes`: each task of the topologies of `versus` alone, with their data, caches of 10 MiB; each run ends with a commit. */
export const modes: Benchmark = {
  name: 'modes',
  title: 'the tasks of the modes of `versus`, each alone; a commit every 100,000 records',
  open(size) {
    const records = size === 'smoke' ? 1_000 : 100_000
    return stepsOf().map((step): BenchCase => {
      let opened: Awaited<ReturnType<typeof openStep>> | null = null
      return {
        name: step.name,
        unit: 'records',
        prepare: async () => {
          opened ??= await openStep(step, records)
        },
        run: () => opened!.run(),
      }
    })
  },
}
