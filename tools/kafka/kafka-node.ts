import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import { KAFKA_VERSION, kafkaClassPath } from './class-path.ts'
import { type NodeSecurity, type SecureListener, scramArguments, secureListeners, securityProperties } from './node-security.ts'
import { type Listener, serverProperties, shortTimeouts } from './server-properties.ts'

/** How a node is to run. */
export interface KafkaNodeOptions {
  /** The release of Apache Kafka. Default 4.3.1. */
  readonly version?: string | undefined
  /** The finalized `transaction.version`. Default 2. */
  readonly transactionVersion?: 1 | 2 | undefined
  /** Whether the streams group protocol is finalized. Default true. */
  readonly streamsGroups?: boolean | undefined
  /** Session 6 s, heartbeat 1 s, transaction scan 1 s instead of Kafka's defaults. Default false. */
  readonly shortTimeouts?: boolean | undefined
  /** Listeners with TLS and SASL besides the plain one. Default none. */
  readonly security?: NodeSecurity | undefined
  /** More lines of `server.properties`; they win. */
  readonly properties?: Readonly<Record<string, string | number>> | undefined
  /** Options of the Java machine. Default: a heap of 512 MB at most, what starts fast. */
  readonly javaOptions?: readonly string[] | undefined
}

const JAVA_OPTIONS = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const READY_MS = 60_000
const STOP_MS = 15_000

/** A Kafka node that runs as a process of its own on free ports of 127.0.0.1, with its files in a temporary folder. */
export class KafkaNode implements AsyncDisposable {
  readonly version: string
  /** `host:port`. */
  readonly bootstrapServers: string
  readonly port: number
  readonly #listeners: readonly Listener[]
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #killAtExit: () => void

  /** Use `start`. */
  private constructor(version: string, listeners: readonly Listener[], child: ChildProcess, folder: string) {
    this.version = version
    this.#listeners = listeners
    this.port = this.portOf('PLAINTEXT')
    this.bootstrapServers = `127.0.0.1:${this.port}`
    this.#process = child
    this.#folder = folder
    this.#killAtExit = () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
    process.once('exit', this.#killAtExit)
  }

  /** Fetches Kafka if it is not there, formats, starts, and waits until the broker answers. Throws with the broker's log when it does not. */
  static async start(options: KafkaNodeOptions = {}): Promise<KafkaNode> {
    const version = options.version ?? KAFKA_VERSION
    const classPath = kafkaClassPath(version)
    const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
    try {
      const protocols = { PLAINTEXT: 'PLAINTEXT', ...(options.security === undefined ? {} : secureListeners) } as const
      const [controllerPort, ...ports] = await freePorts(1 + Object.keys(protocols).length)
      const listeners = Object.entries(protocols).map(([name, protocol], index): Listener => ({ name, protocol, port: ports[index]! }))
      const properties = {
        ...serverProperties({ listeners, controllerPort: controllerPort!, dataFolder: join(folder, 'data') }),
        ...(options.security === undefined ? {} : securityProperties(options.security, folder)),
        ...(options.shortTimeouts === true ? shortTimeouts : {}),
        ...options.properties,
      }
      const file = join(folder, 'server.properties')
      writeFileSync(
        file,
        Object.entries(properties)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      )
      const java = [...(options.javaOptions ?? JAVA_OPTIONS), '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', classPath]
      format(java, file, [...features(options), ...(options.security === undefined ? [] : scramArguments(options.security))])
      const log = openSync(join(folder, 'broker.log'), 'a')
      const child = spawn('java', [...java, 'kafka.Kafka', file], { stdio: ['ignore', log, log], cwd: folder })
      closeSync(log)
      const node = new KafkaNode(version, listeners, child, folder)
      await node.#ready()
      return node
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** The port of a listener; the secure ones are there if `security` was asked for. */
  portOf(name: SecureListener | 'PLAINTEXT'): number {
    const listener = this.#listeners.find((each) => each.name === name)
    if (listener === undefined) throw new Error(`Cannot find the listener ${name}: the node was started without security`)
    return listener.port
  }

  get pid(): number {
    return this.#process.pid!
  }

  /** What the broker has written to its log: warnings and errors. */
  log(): string {
    return readFileSync(join(this.#folder, 'broker.log'), 'utf8')
  }

  /** Ends the node, with SIGKILL if it does not end by itself in time, and removes its files. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGTERM')
      const hard = setTimeout(() => this.#process.kill('SIGKILL'), STOP_MS)
      await ended
      clearTimeout(hard)
    }
    process.off('exit', this.#killAtExit)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #ready(): Promise<void> {
    const environment = createRealEnvironment()
    const transport = new TcpTransport({ clientId: 'millrace-tools', environment }, { connectTimeoutMs: 2_000 })
    const deadlineMs = performance.now() + READY_MS
    for (;;) {
      if (await isReady(transport, this.port)) return
      const { exitCode } = this.#process
      if (exitCode !== null || performance.now() > deadlineMs) {
        const log = this.log()
        await this.stop()
        const how = exitCode === null ? `no answer within ${READY_MS} ms` : `it ended with ${exitCode}`
        throw new Error(`Cannot start Kafka ${this.version}: ${how}\n${log}`)
      }
      await sleep(100)
    }
  }
}

/** Whether the broker is in the metadata that it gives out: before that it cannot be the leader of anything. */
async function isReady(transport: TcpTransport, port: number): Promise<boolean> {
  try {
    const connection = await transport.connect({ host: '127.0.0.1', port })
    const { brokers } = await connection
      .send(
        'Metadata',
        9,
        { topics: [], allowAutoTopicCreation: false, includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false },
        2_000,
      )
      .finally(() => connection.close())
    return brokers.length > 0
  } catch {
    return false
  }
}

function features({ transactionVersion = 2, streamsGroups = true }: KafkaNodeOptions): readonly string[] {
  return ['--feature', `transaction.version=${transactionVersion}`, '--feature', `streams.version=${streamsGroups ? 1 : 0}`]
}

function format(java: readonly string[], file: string, more: readonly string[]): void {
  const id = randomBytes(16)
  // An id that begins with a minus sign would be taken for an option.
  id[0]! &= 0x7f
  const clusterId = id.toString('base64url')
  const args = [...java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...more]
  const run = spawnSync('java', args, { encoding: 'utf8' })
  if (run.error !== undefined) throw new Error(`Cannot format the storage of Kafka: ${run.error.message}`, { cause: run.error })
  if (run.status !== 0) throw new Error(`Cannot format the storage of Kafka: it ended with ${run.status}\n${run.stdout}${run.stderr}`)
}

/** Ports that nobody uses at the moment. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports: number[] = []
  for (const server of servers) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.push((server.address() as AddressInfo).port)
  }
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return ports
}
