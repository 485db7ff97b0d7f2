import { existsSync, writeFileSync } from 'node:fs'
import { keyValueStore, serdes, type StreamsConfig, StreamsBuilder, topic, type TopologyModule } from 'millrace'

// The topology that the tests of stream threads give as a module.

export const lines = topic('lines', { key: serdes.string, value: serdes.string })
export const counted = topic('counted', { key: serdes.string, value: serdes.int64 })
export const counts = keyValueStore('counts', { key: serdes.string, value: serdes.int64 })

/** A line "block <ms>" blocks the thread for so long, "fail" ends it, "exit" ends its worker at once, "die <path>" does so once, "skip" is a record that fails and is skipped. */
function deed(line: string): void {
  const [what, ms] = line.split(' ')
  if (what === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms))
  if (what === 'fail') throw new Error('told to fail')
  if (what === 'skip') throw new RangeError('told to be skipped')
  if (what === 'exit') process.exit(3)
  if (what === 'die' && !existsSync(ms!)) {
    writeFileSync(ms!, '')
    process.exit(3)
  }
}

const wordCount: TopologyModule = ({ applicationId }: StreamsConfig) => {
  const builder = new StreamsBuilder()
  builder
    .stream(lines)
    .peek((_key, line) => deed(line), { name: 'deeds' })
    .flatMapValues((line) => line.split(' '), { value: serdes.string })
    .groupBy((_key, word) => word, { key: serdes.string })
    .count({ store: counts })
    .toStream()
    .peek(() => applicationId.length)
    .to(counted)
  return {
    topology: builder,
    handlers: { processingExceptionHandler: (_context, error) => (error instanceof RangeError ? 'skip' : 'fail') },
  }
}

// oxlint-disable-next-line import/no-default-export -- what the module of a topology has
export default wordCount
