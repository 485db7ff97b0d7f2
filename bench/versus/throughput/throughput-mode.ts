import { cpuMsOfProcess } from '../../process-statistics.ts'
import { type DataSet, load, type Loaded } from '../data/data-set.ts'
import type { Ground } from '../ground.ts'
import { MeasuredProcess, type Saying } from '../measured-process.ts'
import type { Mode, ModeRun } from '../mode.ts'
import type { VersusScale } from '../versus-scale.ts'
import { inScratchFolder } from '../scratch-folder.ts'
import { defaultSettings, pinnedSettings, type PinnedSettings } from '../settings.ts'
import type { Side } from '../sides.ts'
import type { TopologyName } from '../topologies/topologies.ts'
import { type Compared, FirstOutput, outcomeOf } from './output.ts'

/** Records that are there already are processed as fast as they can be. */
export interface ThroughputShape {
  readonly name: string
  readonly group: string
  readonly title: string
  readonly topology: TopologyName
  readonly input: DataSet
  /** The other input. */
  readonly second?: DataSet
  /** Where state is: in memory, in what each side takes for its persistent stores, or on our engine `rocksdb`. */
  readonly store: 'memory' | 'persistent' | 'rocksdb'
  /** `null`: each side has its own defaults. */
  readonly settings: Pick<PinnedSettings, 'guarantee' | 'commitIntervalMs' | 'cacheBytes'> | null
  /** How many steps the application does, as its topology counts them. */
  readonly steps: (input: Loaded, second: Loaded | null) => number
  /** By how many records figures are divided: those of the input, and of both where `isBoth`. */
  readonly isBoth?: boolean
  readonly compared: Compared
  /** The mode whose runs of Java are also the ones of this mode. */
  readonly javaMode?: string
}

/** Runs of this process so far: each has an output and a group of its own. */
let runs = 0

/** The mode of that shape. What decides is the CPU time of the application for the second half of the steps. */
export function throughputMode(shape: ThroughputShape): Mode {
  const { name, group, title, javaMode } = shape
  return {
    name,
    group,
    title,
    ...(javaMode === undefined ? {} : { runsOf: { java: javaMode } }),
    primary: 'cpuSecondsPerMillion',
    input: shape.input,
    prepare: async (ground, scale) => {
      await load(ground, shape.input, scale)
      if (shape.second !== undefined) await load(ground, shape.second, scale)
    },
    run: (side, ground, scale) => inScratchFolder((folder) => new ThroughputRun(shape, side, ground, folder).run(scale)),
  }
}

/** One run of one side. */
class ThroughputRun {
  readonly #shape: ThroughputShape
  readonly #side: Side
  readonly #ground: Ground
  readonly #folder: string
  readonly #applicationId: string
  readonly #output: string

  constructor(shape: ThroughputShape, side: Side, ground: Ground, folder: string) {
    this.#shape = shape
    this.#side = side
    this.#ground = ground
    this.#folder = folder
    this.#applicationId = `versus-run-${runs++}`
    this.#output = `${this.#applicationId}-output`
  }

  async run(scale: VersusScale): Promise<ModeRun> {
    const { input, second, isBoth = false, compared } = this.#shape
    const read = await load(this.#ground, input, scale)
    const other = second === undefined ? null : await load(this.#ground, second, scale)
    await this.#ground.createTopic(this.#output)
    try {
      await using firstOutput = new FirstOutput(this.#ground, this.#output)
      await using application = this.#start(this.#shape.steps(read, other))
      const half = await this.#mark(application, 'half')
      const all = await this.#mark(application, 'all')
      const peakMiB = application.peakMiB()
      await application.close()
      const outcome = await outcomeOf(this.#ground, this.#output, compared)
      const millions = (read.records + (isBoth ? (other?.records ?? 0) : 0)) / 1_000_000
      const outputMs = await firstOutput.atMs()
      const first = application.heard('first')!
      return {
        outcome,
        window: [half.atMs, all.atMs],
        figures: {
          cpuSecondsPerMillion: (all.cpuMs - half.cpuMs) / 1_000 / (millions / 2),
          recordsPerSecond: (millions * 500_000) / ((all.atMs - half.atMs) / 1_000),
          brokerCpuSecondsPerMillion: (all.brokerCpuMs - half.brokerCpuMs) / 1_000 / (millions / 2),
          peakMiB,
          secondsToFirstOutput: ((outputMs ?? all.atMs) - application.bornMs) / 1_000,
          wholeCpuSecondsPerMillion: all.cpuMs / 1_000 / millions,
          wholeRecordsPerSecond: (millions * 1_000_000) / ((all.atMs - first.atMs) / 1_000),
          lateSeconds: (all.atMs - half.atMs) / 1_000,
        },
      }
    } finally {
      await this.#ground.deleteTopics(`${this.#applicationId}-`)
    }
  }

  #start(steps: number): MeasuredProcess {
    const { topology, store, input, second, settings } = this.#shape
    const place = { applicationId: this.#applicationId, bootstrapServers: this.#ground.bootstrapServers, stateFolder: this.#folder }
    return new MeasuredProcess(this.#side, {
      topology,
      steps,
      store: store === 'memory' ? 'in-memory' : 'persistent',
      input: input.topic,
      second: second?.topic ?? '',
      output: this.#output,
      ...(store === 'rocksdb' && this.#side === 'millrace' ? { 'config.state.engine': 'rocksdb' } : {}),
      ...(settings === null ? defaultSettings(place) : pinnedSettings({ ...place, ...settings })),
    })
  }

  /** The CPU time of the broker is read when the mark arrives, a moment after it was passed. */
  async #mark(application: MeasuredProcess, word: string): Promise<Saying & { readonly brokerCpuMs: number }> {
    const said = await application.hear(word)
    return { ...said, brokerCpuMs: cpuMsOfProcess(this.#ground.node.pid!) }
  }
}
