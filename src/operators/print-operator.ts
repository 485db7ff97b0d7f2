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

/** Appends in order, one write at a time; what comes meanwhile goes into the next. */
function fileWriter(path: string, files: Files, logger: Logger): (text: string) => void {
  let pending = ''
  let isWriting = false
  const writeNext = (): void => {
    if (pending === '') return
    const content = Buffer.from(pending, 'utf8')
    pending = ''
    isWriting = true
    files.append(path, content).then(
      () => {
        isWriting = false
        writeNext()
      },
      (error: unknown) => {
        isWriting = false
        logger.error({ error, path }, 'Cannot print to the file')
      },
    )
  }
  return (text) => {
    pending += text
    if (!isWriting) writeNext()
  }
}
