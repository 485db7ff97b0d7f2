import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../../../base/environment.ts'
import { createRealEnvironment } from '../../../base/real-environment.ts'
import { engineContract } from '../contract.ts'
import { type Capability, type EnginePlace, TASK } from '../contract-scene.test.ts'
import type { EngineFactory } from '../engine.ts'
import { lsmEngines } from './lsm-engines.ts'
import type { LsmTuning } from './lsm-options.ts'

const nothing = (): void => undefined
const small: Partial<LsmTuning> = { memtableBytesMax: 20_000, fileBytesMax: 30_000, waitingRunsMax: 6 }
/** In memory where there is such a thing: the cases sync thousands of files. */
const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A directory of this machine, with merges in a thread of their own. */
class RealPlace implements EnginePlace {
  readonly disk = null
  readonly #root = mkdtempSync(join(parent, 'millrace-lsm-'))
  #environment: Environment | null = null
  #warnings: string[] = []

  get warnings(): readonly string[] {
    return this.#warnings
  }

  get files(): EnginePlace['files'] {
    const directory = join(this.#root, TASK)
    const namesIn = (): string[] => (existsSync(directory) ? readdirSync(directory) : [])
    return {
      read: () => Promise.resolve(new Map(namesIn().map((name) => [name, readFileSync(join(directory, name))]))),
      replace: (files) => {
        for (const name of namesIn()) if (!files.has(name)) rmSync(join(directory, name))
        for (const [name, content] of files) writeFileSync(join(directory, name), content)
      },
    }
  }

  start(): Promise<EngineFactory> {
    this.kill()
    this.#warnings = []
    const warn = (_fields: object, message: string): void => void this.#warnings.push(message)
    this.#environment = createRealEnvironment({ logger: { debug: nothing, info: nothing, warn, error: warn } })
    const { disk, logger, workers } = this.#environment
    return Promise.resolve(lsmEngines({ disk, directory: this.#root, memoryBytesMax: 100_000, logger, workers, tuning: small }))
  }

  kill(): void {
    this.#environment?.lifeline.cut()
  }

  losePower(): void {
    throw new Error('The power of this machine stays on')
  }

  dispose(): Promise<void> {
    this.kill()
    rmSync(this.#root, { recursive: true })
    return Promise.resolve()
  }
}

engineContract(
  'lsm on the disk of this machine',
  { capabilities: new Set<Capability>(['keeps', 'crashes', 'files']), place: () => new RealPlace() },
  20,
)
