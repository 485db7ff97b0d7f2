import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NamedCommand } from '../measured-process.ts'

/** What a user of Node or Python would write the stateless mode with. */
export const peerNames = ['kafkajs', 'platformatic', 'quix'] as const

/** One of them. */
export type PeerName = (typeof peerNames)[number]

/** How one of them gets here and runs. */
interface Peer {
  /** What it is, with the version that is measured. */
  readonly title: string
  readonly program: string
  /** Of the packages, by its own way of installing. */
  readonly install: (folder: string) => readonly (readonly string[])[]
  /** What runs the program, with the arguments before those of the application. */
  readonly command: (folder: string, program: string) => readonly string[]
  /** How many records it reads at factor 1: fewer where it is slow. */
  readonly records: number
}

const folderOfAll = fileURLToPath(new URL('../../../node_modules/.cache/millrace/peers/', import.meta.url))

/** All of them. */
export const peers: Readonly<Record<PeerName, Peer>> = {
  kafkajs: npmPeer('kafkajs', '2.2.4', 'kafkajs-stateless.mjs'),
  platformatic: npmPeer('@platformatic/kafka', '2.12.1', 'platformatic-stateless.mjs'),
  quix: {
    title: 'quixstreams 3.28.1 (Python)',
    program: 'quix_stateless.py',
    install: (folder) => [
      ['python3', '-m', 'venv', folder],
      [join(folder, 'bin', 'pip'), 'install', '--quiet', 'quixstreams==3.28.1'],
    ],
    command: (folder, program) => [join(folder, 'bin', 'python'), program],
    records: 500_000,
  },
}

function npmPeer(name: string, version: string, program: string): Peer {
  return {
    title: `${name} ${version}`,
    program,
    install: (folder) => [['npm', 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `${name}@${version}`]],
    command: (folder, file) => [process.execPath, file, `modules=${folder}`],
    records: 3_000_000,
  }
}

/** Installs a peer outside of the repository's own packages if it is not there. Throws with what the installer says. */
export function peerCommand(name: PeerName): NamedCommand {
  const { title, install, command, program } = peers[name]
  const folder = join(folderOfAll, title.replaceAll(/[^\w.]+/g, '-'))
  const installed = join(folder, 'installed')
  if (!existsSync(installed)) {
    mkdirSync(folder, { recursive: true })
    for (const [tool, ...args] of install(folder)) {
      const run = spawnSync(tool!, args, { encoding: 'utf8' })
      if (run.error !== undefined) throw new Error(`Cannot install ${name}: ${run.error.message}`, { cause: run.error })
      if (run.status !== 0) throw new Error(`Cannot install ${name}: ${tool} ended with ${run.status}\n${run.stderr}`)
    }
    mkdirSync(installed)
  }
  const [file, ...args] = command(folder, fileURLToPath(new URL(program, import.meta.url)))
  return { name, program: file!, args }
}
