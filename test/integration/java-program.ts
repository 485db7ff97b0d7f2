import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'

const JAVA_OPTIONS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']

/**
 * A Java program that runs beside the test, which stays free to serve it. It ends when its standard input does, or by itself; `kill` and
 * the end of this process end it, too.
 */
export class JavaProgram implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #killAtExit: () => void
  readonly #ended: Promise<number | null>
  #output = ''
  #errors = ''

  /** `program`: a class of `classPath`, or a source file, which Java compiles itself. */
  constructor(classPath: string, program: string, args: readonly string[], input?: string) {
    this.#process = spawn('java', [...JAVA_OPTIONS, '-cp', classPath, program, ...args])
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text))
    // A program that has ended reads no more.
    this.#process.stdin.on('error', () => undefined)
    if (input !== undefined) this.#process.stdin.end(input)
    this.#ended = once(this.#process, 'close').then(([code]) => code as number | null)
    this.#killAtExit = () => void this.#process.kill('SIGKILL')
    process.once('exit', this.#killAtExit)
  }

  /** What it has printed so far. */
  get output(): string {
    return this.#output
  }

  /** What it has written to its standard error so far. */
  get errors(): string {
    return this.#errors
  }

  /** Waits for its end and gives what it printed. Throws with everything it wrote when it ends with another code than 0. */
  async finish(): Promise<string> {
    this.#process.stdin.end()
    const code = await this.#ended
    process.off('exit', this.#killAtExit)
    if (code !== 0) throw new Error(`A Java program ended with ${code}\n${this.#output}\n${this.#errors}`)
    return this.#output
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
    process.off('exit', this.#killAtExit)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
