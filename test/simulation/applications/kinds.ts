import type { Prng } from '../../../src/base/prng.ts'
import type { ApplicationOptions, SimulatedApplication } from './application.ts'
import { type JoinInputs, JoinedStreams } from './joined-streams.ts'
import { NamedOrders } from './named-orders.ts'
import { RunningSums } from './running-sums.ts'
import { Table } from './table.ts'
import { WindowedCounts } from './windowed-counts.ts'
import { WordCount } from './word-count.ts'

/** A kind of application, drawn for a seed. */
export interface DrawnApplication {
  readonly application: SimulatedApplication
  /** The topology is built with `topology.optimization` `all`. */
  readonly isOptimized: boolean
}

type Draw = (options: ApplicationOptions, random: Prng) => DrawnApplication

const plain = (application: SimulatedApplication): DrawnApplication => ({ application, isOptimized: false })

const both: Readonly<Record<string, Draw>> = {
  'word-count': (options) => plain(new WordCount(options)),
  table: (options, random) => {
    const isOptimized = random.chance(0.4)
    return { application: new Table({ ...options, reusesSourceTopic: isOptimized }), isOptimized }
  },
  sums: (options, random) => plain(new RunningSums({ ...options, punctuationIntervalMs: 100 + random.below(400) })),
}

/** Kinds of which only exactly-once can be checked. */
const exactlyOnceOnly: Readonly<Record<string, Draw>> = {
  'windowed-counts': (options, random) => {
    // A cache gives windows to a suppress in the order in which they were first changed: some of them too late, in Java as here.
    const isSuppressed = !options.guarantee.isCached && random.chance(0.6)
    const emitsOnClose = isSuppressed || random.chance(0.5)
    return plain(new WindowedCounts({ ...options, emitsOnClose, isSuppressed }))
  },
  'named-orders': (options, random) => plain(new NamedOrders({ ...options, isLeft: random.chance(0.5) })),
  'joined-streams': (options, random) => {
    const type = random.pick(['inner', 'left', 'outer'] as const)
    const inputs = random.pick<JoinInputs>(['two-topics', 'repartitioned', 'one-topic'])
    return plain(new JoinedStreams({ ...options, type, inputs }))
  },
}

const kindsOf = { both: Object.keys(both), exactlyOnce: [...Object.keys(both), ...Object.keys(exactlyOnceOnly)] }

/** The names of the kinds that can be checked under a guarantee. */
export function applicationKinds(isExactlyOnce: boolean): readonly string[] {
  return isExactlyOnce ? kindsOf.exactlyOnce : kindsOf.both
}

/** An application of that kind. */
export function drawApplication(kind: string, options: ApplicationOptions, random: Prng): DrawnApplication {
  return { ...both, ...exactlyOnceOnly }[kind]!(options, random)
}
