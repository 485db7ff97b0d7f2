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
import { type Listener, type NodePlace, serverProperties, shortTimeouts } from './server-properties.ts'

/** How a node is to run. */
export interface KafkaNodeOptions {
  /** The release of Apache Kafka. Default 4.3.1. */
  readonly version?: string | undefined
  /** The finalized `transaction.version`. Default 2; releases before 4 have none. */
  readonly transactionVersion?: 1 | 2 | undefined
  /** Whether the streams group protocol is finalized. Default true; releases before 4.2 cannot. */
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
const LOG_OPTIONS = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  // So that `skippedMarkers()` is told.
  '-Dorg.slf4j.simpleLogger.log.kafka.coordinator.transaction.TransactionMarkerChannelManager=info',
]
const SKIPPED_MARKERS = /while trying to send transaction markers for (\S+), these partitions are likely deleted/g
const READY_MS = 60_000
const STOP_MS = 15_000

/** Nodes of one cluster: what they share. */
interface SharedSettings {
  readonly options: KafkaNodeOptions
  readonly version: string
  readonly clusterId: string
  /** Arguments of the Java machine. */
  readonly java: readonly string[]
}

/**
 * A Kafka node, broker and controller, that runs as a process of its own on free ports of 127.0.0.1, with its files in a temporary
 * folder.
 */
export class KafkaNode implements AsyncDisposable {
  /** `node.id`, from 1. */
  readonly id: number
  readonly version: string
  /** `host:port`. */
  readonly bootstrapServers: string
  readonly port: number
  readonly #listeners: readonly Listener[]
  readonly #java: readonly string[]
  readonly #folder: string
  readonly #killAtExit: () => void
  #process: ChildProcess | null = null

  /** Use `start` or `startSeveral`. */
  private constructor(place: Omit<NodePlace, 'dataFolder'>, shared: SharedSettings) {
    this.id = place.id
    this.version = shared.version
    this.#java = shared.java
    this.#listeners = place.listeners
    this.port = this.portOf('PLAINTEXT')
    this.bootstrapServers = `127.0.0.1:${this.port}`
    this.#folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
    this.#killAtExit = () => {
      this.#process?.kill('SIGKILL')
      rmSync(this.#folder, { recursive: true, force: true })
    }
    process.once('exit', this.#killAtExit)
    const { security, properties } = shared.options
    const lines = {
      ...serverProperties({ ...place, dataFolder: join(this.#folder, 'data') }),
      ...(security === undefined ? {} : securityProperties(security, this.#folder)),
      ...(shared.options.shortTimeouts === true ? shortTimeouts : {}),
      ...properties,
    }
    const text = Object.entries(lines).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(this.#propertiesFile, text.join(''))
  }

  /** Fetches Kafka if it is not there, formats, starts, and waits until the broker answers. Throws with the broker's log when it does not. */
  static async start(options: KafkaNodeOptions = {}): Promise<KafkaNode> {
    const [node] = await KafkaNode.startSeveral(1, options)
    return node!
  }

  /** Starts one cluster of `count` nodes, of which each partition has up to three replicas. As `start`. */
  static async startSeveral(count: number, options: KafkaNodeOptions = {}): Promise<readonly KafkaNode[]> {
    const version = options.version ?? KAFKA_VERSION
    const java = [...(options.javaOptions ?? JAVA_OPTIONS), ...LOG_OPTIONS, '-cp', kafkaClassPath(version)]
    const shared = { options, version, clusterId: randomClusterId(), java }
    const protocols = { PLAINTEXT: 'PLAINTEXT', ...(options.security === undefined ? {} : secureListeners) } as const
    const ports = Array.from(await freePorts(count * (1 + Object.keys(protocols).length)))
    const controllerPorts = ports.splice(0, count)
    const nodes = controllerPorts.map((_, index) => {
      const listeners = Object.entries(protocols).map(([name, protocol]): Listener => ({ name, protocol, port: ports.pop()! }))
      return new KafkaNode({ id: index + 1, listeners, controllerPorts }, shared)
    })
    try {
      for (const node of nodes) {
        node.#format(shared)
        node.#launch()
      }
      for (const node of nodes) await node.#ready()
      return nodes
    } catch (error) {
      for (const node of nodes) await node.stop()
      throw error
    }
  }

  /** The port of a listener; the secure ones are there if `security` was asked for. */
  portOf(name: SecureListener | 'PLAINTEXT'): number {
    const listener = this.#listeners.find((each) => each.name === name)
    if (listener === undefined) throw new Error(`Cannot find the listener ${name}: the node was started without security`)
    return listener.port
  }

  /** The id of its process; `null` while it is down. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** What the broker has written to its log: warnings and errors. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  /**
   * The transactional ids whose transactions the broker has ended without telling all their partitions, because these had no leader at that
   * moment. Kafka 4.3.1 takes such partitions for deleted, and the transaction stays open in them for ever. May happen when a node that was
   * killed starts again.
   */
  skippedMarkers(): readonly string[] {
    return Array.from(this.log().matchAll(SKIPPED_MARKERS), ([, transactionalId]) => transactionalId!)
  }

  /** Ends the process, with SIGKILL if it does not end by itself in time. Its files stay. */
  async shutDown(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Ends the process at once. Its files stay. */
  async crash(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Starts a node that is down again, with the files that it had, and waits until it answers. Throws as `start`. */
  async restart(): Promise<void> {
    if (this.#process !== null) throw new Error(`Cannot restart node ${this.id}: it is running`)
    this.#launch()
    await this.#ready()
  }

  /** Ends the node and removes its files. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    process.off('exit', this.#killAtExit)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  get #propertiesFile(): string {
    return join(this.#folder, 'server.properties')
  }

  get #logFile(): string {
    return join(this.#folder, 'broker.log')
  }

  #format({ options, clusterId, version }: SharedSettings): void {
    const more = [...features(version, options), ...(options.security === undefined ? [] : scramArguments(options.security))]
    const args = [...this.#java, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.#propertiesFile, ...more]
    const run = spawnSync('java', args, { encoding: 'utf8' })
    if (run.error !== undefined) throw new Error(`Cannot format the storage of Kafka: ${run.error.message}`, { cause: run.error })
    if (run.status !== 0) throw new Error(`Cannot format the storage of Kafka: it ended with ${run.status}\n${run.stdout}${run.stderr}`)
  }

  #launch(): void {
    const log = openSync(this.#logFile, 'a')
    this.#process = spawn('java', [...this.#java, 'kafka.Kafka', this.#propertiesFile], { stdio: ['ignore', log, log], cwd: this.#folder })
    closeSync(log)
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#process
    this.#process = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const hard = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(hard)
  }

  async #ready(): Promise<void> {
    const environment = createRealEnvironment()
    const transport = new TcpTransport({ clientId: 'millrace-tools', environment }, { connectTimeoutMs: 2_000 })
    const deadlineMs = performance.now() + READY_MS
    for (;;) {
      if (await isReady(transport, this.port, this.id)) return
      const exitCode = this.#process?.exitCode ?? null
      if (exitCode !== null || performance.now() > deadlineMs) {
        const log = this.log()
        const how = exitCode === null ? `no answer within ${READY_MS} ms` : `it ended with ${exitCode}`
        throw new Error(`Cannot start Kafka ${this.version}: ${how}\n${log}`)
      }
      await sleep(100)
    }
  }
}

/** Whether the broker is in the metadata that it gives out: before that it cannot be the leader of anything. */
async function isReady(transport: TcpTransport, port: number, id: number): Promise<boolean> {
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
    return brokers.some(({ nodeId }) => nodeId === id)
  } catch {
    return false
  }
}

/** What is finalized beside the metadata version; releases before 4 have neither feature. */
function features(version: string, { transactionVersion = 2, streamsGroups = true }: KafkaNodeOptions): readonly string[] {
  if (version.startsWith('3.')) return []
  return ['--feature', `transaction.version=${transactionVersion}`, '--feature', `streams.version=${streamsGroups ? 1 : 0}`]
}

function randomClusterId(): string {
  const id = randomBytes(16)
  // An id that begins with a minus sign would be taken for an option.
  id[0]! &= 0x7f
  return id.toString('base64url')
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
