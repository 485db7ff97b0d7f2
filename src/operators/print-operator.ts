import type { Files, Logger } from '../base/environment.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'

/** What `printOperator` prints, and where. */
export interface PrintParameters {
  readonly label: string
  readonly mapper: (key: unknown, value: unknown) => string
  /** A file to append to; `null`: the output of the environment. */
  readonly file: string | null
}

/** Prints `[label]: <mapper(key, value)>` for each record. Forwards nothing. A file that cannot be written is logged, never fails the task. */
export function printOperator({ label, mapper, file }: PrintParameters): ProcessorFactory {
  return ({ output, files, logger }) => {
    const write = file === null ? (text: string) => output.write(text) : fileWriter(file, files, logger)
    return {
      process(record) {
        write(`[${label}]: ${mapper(record.key, record.value)}\n`)
      },
    }
  }
}

/** Text that waits for the disk; more is dropped. */
const PENDING_CHARACTERS_MAX = 1 << 24

/** Appends in order, one write at a time; what comes meanwhile goes into the next. */
function fileWriter(path: string, files: Files, logger: Logger): (text: string) => void {
  let pending = ''
  let isWriting = false
  const writeNext = (): void => {
    isWriting = pending !== ''
    if (!isWriting) return
    const content = Buffer.from(pending, 'utf8')
    pending = ''
    files.append(path, content).then(writeNext, (error: unknown) => {
      logger.error({ error, path }, 'Cannot print to the file')
      writeNext()
    })
  }
  return (text) => {
    if (pending.length > PENDING_CHARACTERS_MAX) {
      logger.warn({ path }, 'Printed lines are dropped: the file cannot be written as fast')
      return
    }
    pending += text
    if (!isWriting) writeNext()
  }
}
