import type { Environment, Logger } from '../base/environment.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import type { Channel } from '../base/workers/channel.ts'
import { moduleBeside } from '../base/workers/module-beside.ts'
import type { Program, ProgramThread } from '../base/workers/workers.ts'
import { parseBootstrapServers } from '../config/bootstrap-servers.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { answerStoreQuestion } from '../queries/threads/answer-store-question.ts'
import { storeInfos as infosOfStores } from '../runtime/app/store-infos.ts'
import { errorToData } from '../runtime/threads/error-data.ts'
import type { FromThread, ThreadOrder } from '../runtime/threads/messages.ts'
import { postedLogger } from '../runtime/threads/posted-logger.ts'
import { runThreadProgram } from '../runtime/threads/thread-program.ts'
import { tcpCluster } from './tcp-cluster.ts'
import { loadTopology } from './topology-module.ts'

type Level = keyof Logger

/** What the worker of a stream thread is given. */
interface ModuleThreadData {
  readonly url: string
  readonly config: StreamsConfig
  readonly order: ThreadOrder
  /** Levels of the log that nobody would write down. */
  readonly silentLevels: readonly Level[]
}

/** What all stream threads of an instance are started with. */
export interface ModuleThreads {
  /** Of the module with the topology. */
  readonly url: string
  /** As `sharedConfig` gave it. */
  readonly config: StreamsConfig
  /** What was configured as logger. */
  readonly logger: StreamsConfig['logger']
  readonly environment: Environment
}

/** How to start a stream thread as a worker thread of this process. */
export function moduleThreads({ url, config, logger, environment }: ModuleThreads): (order: ThreadOrder) => ProgramThread {
  const silentLevels = silentLevelsOf(logger)
  return (order) => environment.workers.run(moduleThread, { url, config, order, silentLevels })
}

const moduleThread: Program<ModuleThreadData> = { module: moduleBeside(import.meta.url, 'module-thread'), run: runModuleThread }

/** Runs in the worker: makes what a stream thread needs, from the module of the topology. */
export async function runModuleThread(channel: Channel, { url, config, order, silentLevels }: ModuleThreadData): Promise<void> {
  const post = (message: FromThread): void => channel.post(message)
  const environment = createRealEnvironment({ logger: postedLogger(post, (level) => silentLevels.includes(level)) })
  try {
    const loaded = loadTopology(url, config)
    const cluster = tcpCluster(parseBootstrapServers(config.bootstrapServers!), loaded.config.security)
    const storeInfos = infosOfStores(loaded.topology)
    const { applicationId } = config
    await runThreadProgram(channel, order, {
      ...loaded,
      environment,
      bootstrap: cluster.bootstrap,
      transport: cluster.transport({ clientId: order.clientId, environment }),
      answer: (question, views) => answerStoreQuestion(question, { ...environment, applicationId, storeInfos, views }),
    })
  } catch (error) {
    post({ kind: 'ended', error: errorToData(error) })
    channel.close()
  } finally {
    environment.lifeline.cut()
  }
}

/** Debug and info are lost in the standard log; a logger that can say which levels it writes is asked. */
function silentLevelsOf(logger: StreamsConfig['logger']): readonly Level[] {
  const levels = ['debug', 'info', 'warn', 'error'] as const
  if (logger === undefined) return ['debug', 'info']
  if (logger === false) return levels
  const { isLevelEnabled } = logger as { readonly isLevelEnabled?: (level: string) => boolean }
  if (typeof isLevelEnabled !== 'function') return []
  return levels.filter((level) => isLevelEnabled.call(logger, level) !== true)
}
